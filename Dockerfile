# Untested: written without a Docker engine at hand. See docs/guides/deploy.md.
FROM node:24-bookworm-slim

WORKDIR /opt/comptoir
COPY package.json package-lock.json .npmrc ./
COPY tools/bootstrap.mjs tools/
RUN node tools/bootstrap.mjs && npm cache clean --force
COPY . .
RUN node tools/build-web.ts

RUN install --directory --owner=node --group=node --mode=0700 /var/lib/comptoir
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/var/lib/comptoir
VOLUME /var/lib/comptoir
EXPOSE 4000
HEALTHCHECK --start-period=60s CMD ["node", "--eval", "fetch('http://127.0.0.1:4000/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/main.ts"]
