/** Why an operator gives no example rows. */
export class GhostStop extends Error {
  override readonly name = 'GhostStop'
}
