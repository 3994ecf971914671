export { createMailer, type Mailer, openMail, queuedMail } from './mail.ts'
export { countMails, type Postbox, sendMailJob } from './send-mail.ts'
export { fromSetting, replyToSetting, smtpUrlSetting } from './settings.ts'
export { mailFile } from './transport.ts'
