export { createAuth } from './auth.ts'
export { identityOperations } from './operations.ts'
export { createPeople, type People } from './people.ts'
