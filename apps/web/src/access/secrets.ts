/** Secrets as the server tells of them: by name, never by value. */
import { create } from 'zustand'
import { call, get } from '../api/client.ts'

export interface SecretItem {
  readonly name: string
  readonly changedAtMs: number
  readonly changedBy: string
  readonly pipelines: readonly { readonly id: string; readonly name: string }[]
  readonly runs: readonly string[]
  /** Names of those that sign with it. */
  readonly webhooks: readonly string[]
}

/** null = not asked yet. */
export const useSecretList = create<readonly SecretItem[] | null>(() => null)

/** Throws ApiError. */
export async function readSecrets(): Promise<void> {
  useSecretList.setState(await get<SecretItem[]>('/secrets'), true)
}

/** Throws ApiError. */
export async function setSecret(name: string, value: string): Promise<void> {
  await call('PUT', `/secrets/${encodeURIComponent(name)}`, { value })
  await readSecrets()
}

export const SECRET_NAME = '[a-z][a-z0-9\\-]{0,63}'
