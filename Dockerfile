# One image for every role of the service; its argument picks the role, see packages/server/scripts/roles.ts.
# Only packages without native code get in, so it is built on the builder's own platform whatever it is built for.

# Everything, for what is generated. It also runs the development query node.
FROM --platform=$BUILDPLATFORM node:24-slim AS development
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/server/package.json packages/server/
COPY packages/query-node/package.json packages/query-node/
RUN npm ci --ignore-scripts
COPY . .
RUN npm run generate:prisma

# What production needs: npm leaves out the query node whose package.json is not here. Most of what it calls optional are
# tools that libraries work with, such as Prisma's own.
FROM --platform=$BUILDPLATFORM node:24-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/server/package.json packages/server/
RUN npm ci --omit=dev --omit=optional --ignore-scripts --workspace server
# Prisma brings its query compiler for five databases, twice.
RUN find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*_fast_bg.postgresql.*' -delete
COPY LICENSE run ./
COPY packages/server/prisma packages/server/prisma
COPY packages/server/scripts packages/server/scripts
COPY packages/server/src packages/server/src
COPY --from=development /app/packages/server/src/generated packages/server/src/generated
# Compiled code, with which the API takes a tenth less memory. Its folder is for one user and one kind of processor: others
# compile for themselves. Node.js lets only its user read the files, and they are root's once they are copied.
ENV NODE_COMPILE_CACHE=.cache NODE_COMPILE_CACHE_PORTABLE=1
RUN mkdir -m 777 .cache
USER node
RUN node packages/server/src/main/api.ts --help && chmod -R a+r .cache/*

FROM node:24-slim
WORKDIR /app
COPY --from=production /app ./
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 NODE_COMPILE_CACHE=.cache NODE_COMPILE_CACHE_PORTABLE=1
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=300s CMD ["node", "packages/server/scripts/health-check.ts"]
ENTRYPOINT ["node", "packages/server/scripts/start.ts"]
CMD ["api"]
