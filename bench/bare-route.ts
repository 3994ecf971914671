import { fastify } from 'fastify'
import { answerParent } from './child.ts'

/** The least that Fastify can do: answers every request with the object it was given; gives its address. */
answerParent(async (answer: object): Promise<string> => {
  const app = fastify()
  app.get('/v1/branches/:id', async () => answer)
  app.post('/v1/branches', async (_, reply) => {
    reply.code(201)
    return answer
  })
  return app.listen({ host: '127.0.0.1', port: 0 })
})
