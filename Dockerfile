# syntax=docker/dockerfile:1
# Two trees come out of the first two stages, dist and the production node_modules; the last one holds nothing else.

FROM node:22-alpine AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM node:22-alpine AS packages
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:22-alpine
LABEL org.opencontainers.image.title="wharfpass" \
      org.opencontainers.image.description="Token server for container registries" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=packages /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY package.json LICENSE registry-config.yml ./
COPY config ./config
# Made here, so that a volume mounted over them starts with the right owner and mode.
RUN mkdir -m 0700 /data /keys && chown node:node /data /keys
ENV NODE_ENV=production \
    WHARFPASS_LISTEN=0.0.0.0:5001 \
    WHARFPASS_DATA_DIR=/data \
    WHARFPASS_KEYS_DIR=/keys
USER node
VOLUME ["/data", "/keys"]
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.WHARFPASS_LISTEN.split(':').pop() + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# An array, not a shell line: signals reach the server.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
