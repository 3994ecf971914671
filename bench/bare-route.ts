import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { answerParent } from './child.ts'

/** The least that Fastify can do: answers every request with the object it was given; gives the port. */
answerParent(async (answer: object): Promise<number> => {
  const app = fastify()
  app.get('/', async () => answer)
  app.post('/', async (_, reply) => {
    reply.code(201)
    return answer
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
})
