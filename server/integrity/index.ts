export { checkCertificate } from './check-certificate.ts'
export { certifyTenantsJob, watchCertificates } from './nightly.ts'
export { integrityOperations } from './operations.ts'
