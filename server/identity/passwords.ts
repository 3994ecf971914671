import { type Algorithm, hash, verify } from '@node-rs/argon2'

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane. The native module hashes off the event loop. */
const argon2id = { algorithm: 2 as Algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const { memoryCost, timeCost, parallelism } = argon2id
/** No password has it: it stands in for the hash of somebody who is not known, so that looking takes as long. */
const nobodysHash = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Hashes a password. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, argon2id)
}

/** True when the password is the one that was hashed; false, in the same time, when there is no hash. */
export function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  return verify(stored ?? nobodysHash, password)
}
