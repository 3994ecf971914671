export { createMailer, type Mailer } from './mail.ts'
export { countMails, type Postbox, sendMailJob } from './send-mail.ts'
export { mailFile } from './transport.ts'
