/**
 * Which addresses operators may connect to: those of the public internet, and what an administrator allows.
 * Loopback, private and link-local nets hold services that trust whoever reaches them, so a pipeline must not
 * reach them only because the machine can.
 *
 * Addresses are compared as bytes, never as text; an IPv4 address inside an IPv6 one is judged as itself, or refused.
 */

export interface AddressRange {
  readonly bytes: readonly number[]
  readonly bits: number
}

const range = (text: string): AddressRange => {
  const parsed = parseRange(text)
  if (parsed === null) throw new Error(`${text} is no range of addresses`)
  return parsed
}

/** IPv4 that is not the public internet (RFC 6890 and later). */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(range)

/** Of IPv6 only global unicast is public, without what only carries other addresses or is for documents and tests. */
const PUBLIC_V6 = range('2000::/3')
const REFUSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(range)
const MAPPED = range('::ffff:0:0/96')

/** Whether somebody may connect there. `address`: an IP address as text; anything else is refused. */
export function mayConnect(address: string, allowed: readonly AddressRange[]): boolean {
  const bytes = parseAddress(address)
  if (bytes === null) return false
  const own = bytes.length === 16 && contains(MAPPED, bytes) ? bytes.slice(12) : bytes
  if (allowed.some((one) => contains(one, own) || contains(one, bytes))) return true
  if (own.length === 4) return !REFUSED_V4.some((one) => contains(one, own))
  return contains(PUBLIC_V6, own) && !REFUSED_V6.some((one) => contains(one, own))
}

/** `ADDRESS` or `ADDRESS/BITS`; null = it is neither. */
export function parseRange(text: string): AddressRange | null {
  const [address = '', bitsText, ...rest] = text.trim().split('/')
  const bytes = parseAddress(address)
  if (bytes === null || rest.length > 0) return null
  if (bitsText === undefined) return { bytes, bits: bytes.length * 8 }
  const bits = Number(bitsText)
  return /^\d{1,3}$/.test(bitsText) && bits <= bytes.length * 8 ? { bytes, bits } : null
}

function contains({ bytes, bits }: AddressRange, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 255 : (255 << (8 - (bits - bit))) & 255
    if ((bytes[bit >> 3] & mask) !== (address[bit >> 3] & mask)) return false
  }
  return true
}

/** The 4 or 16 bytes of an address in its usual form; null = it is something else. */
function parseAddress(text: string): number[] | null {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

function parseV4(text: string): number[] | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const bytes = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256))
  return bytes.every((byte) => byte <= 255) ? bytes : null
}

function parseV6(text: string): number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map(groupsOf)
  if (head === null) return null
  if (halves.length === 1) return head.length === 16 ? head : null
  if (tail === null || head.length + tail.length > 14) return null
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail]
}

function groupsOf(text: string): number[] | null {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [at, group] of groups.entries()) {
    if (group.includes('.')) {
      const v4 = at === groups.length - 1 ? parseV4(group) : null
      if (v4 === null) return null
      bytes.push(...v4)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 255)
    } else return null
  }
  return bytes
}
