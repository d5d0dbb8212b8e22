# syntax=docker/dockerfile:1
# docker build -t mote .
# docker buildx build --platform linux/amd64,linux/arm64 -t <registry>/mote --push .

FROM node:24-slim AS build
WORKDIR /src
COPY . .
# One tarball with all that mote needs on this platform, and nothing else.
RUN npm run pack

FROM node:24-slim
RUN --mount=type=bind,from=build,source=/src/packed,target=/packed \
    npm install --global --offline --no-audit --no-fund /packed/mote-*.tgz && \
    rm -rf /root/.npm
COPY contrib/mote-hold /usr/local/bin/mote-hold
# The user `node` of the base image is 1000:1000. A volume that is new takes over owner and mode.
RUN install -d -o node -g node -m 0700 /data
ENV NODE_ENV=production MOTE_DATADIR=/data
USER node
WORKDIR /data
VOLUME /data
# Keymanager API and metrics: both are off until they are asked for.
EXPOSE 5062 5064
# Unlocking many keystores takes its time; a node that starts answers too.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=3 CMD ["mote", "status"]
ENTRYPOINT ["mote"]
CMD ["start"]
