/**
 * The word between the job, which offers snapshot memory for a checkpoint to come, and the instance that may use it
 * without asking: whoever changes it first has the memory.
 */
const CLAIMED = 1
const TAKEN_BACK = 2

export type MemoryClaim = Int32Array

export function offeredClaim(): MemoryClaim {
  return new Int32Array(new SharedArrayBuffer(4))
}

/** By the instance; false = the job has taken the memory back. */
export function claimMemory(claim: MemoryClaim): boolean {
  return Atomics.compareExchange(claim, 0, 0, CLAIMED) === 0
}

/** By the job; false = the instance was faster. */
export function takeBackMemory(claim: MemoryClaim): boolean {
  return Atomics.compareExchange(claim, 0, 0, TAKEN_BACK) !== CLAIMED
}

export function isClaimed(claim: MemoryClaim): boolean {
  return Atomics.load(claim, 0) === CLAIMED
}
