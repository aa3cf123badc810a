/** Nodes glide to where a change puts them, and new ones appear; at once where one wants no motion. */
const TRAVEL_MS = 360

export async function glide(change: () => void): Promise<void> {
  const canvas = document.querySelector('.ds-canvas')
  canvas?.classList.add('ds-gliding')
  change()
  await new Promise((resolve) => setTimeout(resolve, TRAVEL_MS))
  canvas?.classList.remove('ds-gliding')
}
