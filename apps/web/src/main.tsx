import { createRoot } from 'react-dom/client'
import { MantineProvider } from '@mantine/core'
import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/global.css'
import './theme/tokens.css'
import './theme/base.css'
import './theme/controls.css'
import './theme/shell.css'
import './theme/node.css'
import { loadPhrases, loadWords } from './language/language.ts'
import { Shell } from './shell/Shell.tsx'
import { cssVariables, theme } from './theme/theme.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
const page = createRoot(root)
void Promise.all([loadWords('common'), loadPhrases('server', 'engine')]).then(() =>
  page.render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Shell />
    </MantineProvider>,
  ),
)
