/** Properties meet new cases on every run of a developer, and the same ones in CI: a red gate is then never chance. */
import fc from 'fast-check'

if (process.env.CI !== undefined) fc.configureGlobal({ seed: 20_260_101 })
