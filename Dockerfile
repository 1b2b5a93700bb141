# The one image of this project: operator, console, simulator, checks, jobs are verbs of its entrypoint.
#
#   docker build -t sim-operator .
#
# Behind a package index or a CA of one's own, pip reads them from secrets, which leave no trace:
#
#   docker build --secret id=pip.conf,src=pip.conf --secret id=ca.crt,src=ca.crt -t sim-operator .
#
# where pip.conf says `cert = /run/secrets/ca.crt`. Any image with Python 3.11 or newer and its venv
# module can be the base: --build-arg BASE_IMAGE=...

ARG BASE_IMAGE=python:3.13.16-slim-trixie

FROM ${BASE_IMAGE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_COMPILE=1 \
    PIP_ONLY_BINARY=:all: \
    PIP_ROOT_USER_ACTION=ignore
# Two environments: what builds stays here, what runs moves on and has no pip.
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/sim-operator
COPY .ci/requirements/build.txt .ci/requirements/run.txt /src/.ci/requirements/
# What is not compiled here would be compiled at each start: the file system is read-only there. Of
# the Kubernetes client's 1,600 types a handful is ever loaded, and they are a third of all bytecode.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.crt \
    /opt/build/bin/pip install --require-hashes -r /src/.ci/requirements/build.txt \
    && /opt/build/bin/pip --python /opt/sim-operator/bin/python install --require-hashes \
        -r /src/.ci/requirements/run.txt \
    && /opt/sim-operator/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        -x 'kubernetes/(aio/)?client/(api|models)/' /opt/sim-operator/lib

FROM dependencies AS application
COPY pyproject.toml README.md LICENSE /src/
COPY operator /src/operator
# Into a root of its own: a new version of the operator is a layer of a few megabytes.
RUN cd /src \
    && /opt/build/bin/hatchling build --target wheel --directory /tmp/dist \
    && /opt/build/bin/pip --python /opt/sim-operator/bin/python install --root /overlay \
        --no-deps --no-index --no-warn-script-location /tmp/dist/*.whl \
    && /opt/sim-operator/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        -s /overlay -p / /overlay \
    # A user without a name is an error in some libraries.
    && mkdir -p /overlay/etc && cp /etc/passwd /overlay/etc/passwd \
    && echo 'nonroot:x:65532:65532:nonroot:/nonexistent:/usr/sbin/nologin' >> /overlay/etc/passwd

# Nothing is run in this stage, so its base needs no shell.
FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="sim-operator" \
    org.opencontainers.image.description="A Kubernetes operator that manages 1NCE IoT SIM cards declaratively" \
    org.opencontainers.image.source="https://github.com/sim-operator/sim-operator" \
    org.opencontainers.image.documentation="https://github.com/sim-operator/sim-operator/blob/main/README.md" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
COPY --from=dependencies /opt/sim-operator /opt/sim-operator
COPY --from=application /overlay /
ENV PATH=/opt/sim-operator/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# By number, so that runAsNonRoot can tell.
USER 65532:65532
WORKDIR /
EXPOSE 8080 8081 8082 8089
STOPSIGNAL SIGTERM
ENTRYPOINT ["sim-operator"]
CMD ["run"]
