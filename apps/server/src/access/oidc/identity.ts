/** What the claims of a provider make of somebody here. Pure. */
import { ROLES, type Role } from '../../http/rights.ts'
import type { OidcConfig } from './config.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Who somebody is at the provider, and what they may do here. */
export interface Identity {
  /** With the issuer it names one person for good; names may change hands. */
  readonly subject: string
  /** As a user of this server may be called; somebody else may be called so already. */
  readonly name: string
  /** null = they have none and are not let in. */
  readonly role: Role | null
  readonly seeData: boolean
  readonly useSecrets: boolean
}

type Mapping = Pick<OidcConfig, 'nameClaim' | 'groupsClaim' | 'roles' | 'defaultRole' | 'seeData' | 'useSecrets'>

const NAME_CHARACTERS = 60

/** Whether the claims say all that the mapping looks at. */
export function saysEnough(claims: Claims, { groupsClaim, roles, nameClaim }: Mapping): boolean {
  const named =
    nameClaim === null ? ['preferred_username', 'email'].some((claim) => Object.hasOwn(claims, claim)) : Object.hasOwn(claims, nameClaim)
  return named && (roles.size === 0 || Object.hasOwn(claims, groupsClaim))
}

export function identityOf(claims: Claims, mapping: Mapping): Identity {
  const groups = new Set(groupsOf(claims[mapping.groupsClaim]))
  const mapped = [...mapping.roles].flatMap(([group, role]) => (groups.has(group) ? [ROLES.indexOf(role)] : []))
  const subject = String(claims['sub'])
  return {
    subject,
    name: nameOf(claims, mapping.nameClaim, subject),
    role: mapped.length > 0 ? ROLES[Math.max(...mapped)] : mapping.defaultRole,
    seeData: mapping.seeData.some((group) => groups.has(group)),
    useSecrets: mapping.useSecrets.some((group) => groups.has(group)),
  }
}

/** A list of texts, or one text. Anything else is in no group. */
function groupsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((group) => typeof group === 'string') : []
}

function nameOf(claims: Claims, nameClaim: string | null, subject: string): string {
  const candidates = nameClaim === null ? [claims['preferred_username'], claims['email']] : [claims[nameClaim]]
  for (const candidate of [...candidates, subject, 'user']) {
    if (typeof candidate !== 'string') continue
    const name = candidate
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^a-z0-9._@-]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, NAME_CHARACTERS)
    if (name !== '') return name
  }
  return 'user'
}
