export { createAuth } from './auth.ts'
export { identityOperations } from './operations.ts'
export { hashPassword, verifyPassword } from './passwords.ts'
export { createPeople, type People } from './people.ts'
