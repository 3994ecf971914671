import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { until } from './until.ts'

/** A certificate of localhost for tests, good until 2126, and its key, which is no secret. */
export const localhostCertificate = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUaBD/oe+LfGWQijdmqVKaJ/MopFgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA3MjkzOFoYDzIxMjYxMDI4
MDcyOTM4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASAUSype3OZ15tRWCANB8Sewf9SXZV16pc5NKGe3JUzRyIHq0jdDHRj
3VNBGonRohTw+RnWme3XEqmNofrRh+6xo28wbTAdBgNVHQ4EFgQU6QUYbbDtto2n
pEmkYMNiwkknkm8wHwYDVR0jBBgwFoAU6QUYbbDtto2npEmkYMNiwkknkm8wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAIsNrz4jSTl9cAJEaZN2XfFZehxWPzdy1J+HVqvAzkDMAiEA
40sztmfMJwAC8iSYrWg+yWf7txlSoHXvkvLXvOJvAmo=
-----END CERTIFICATE-----`
const localhostKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgK4L62xSdrIX27uao
gqaWLWh8SGCqFPvLSUGar5VYIVmhRANCAASAUSype3OZ15tRWCANB8Sewf9SXZV1
6pc5NKGe3JUzRyIHq0jdDHRj3VNBGonRohTw+RnWme3XEqmNofrRh+6x
-----END PRIVATE KEY-----`

export interface SmtpCatcher {
  readonly port: number
  /** What was taken, in order. */
  readonly mails: readonly Email[]
  /** Waits for a mail to an address that `chosen` takes. */
  waitFor(address: string, chosen?: (mail: Email) => boolean): Promise<Email>
  close(): Promise<void>
}

/** A mail server on 127.0.0.1 that keeps what it is given. `options` make it ask, refuse or speak TLS. */
export async function startSmtpCatcher(options: SMTPServerOptions = {}): Promise<SmtpCatcher> {
  const mails: Email[] = []
  const server = new SMTPServer({
    key: localhostKey,
    cert: localhostCertificate,
    authOptional: true,
    logger: false,
    onData(stream, _session, done) {
      const parsed = buffer(stream).then((bytes) => PostalMime.parse(bytes))
      parsed.then((mail) => {
        mails.push(mail)
        done()
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    mails,
    waitFor: (address, chosen = () => true) =>
      until(`a mail to ${address}`, () =>
        mails.find((mail) => mail.to?.some((to) => to.address === address) && chosen(mail)),
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}
