# One image for every role; docker-compose.yml says which command each runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/uv.lock requirements/production.lock requirements/
RUN python -m venv /venv \
 && /venv/bin/pip install --quiet --require-hashes -r requirements/uv.lock \
 && VIRTUAL_ENV=/venv /venv/bin/uv pip install --quiet --require-hashes --compile-bytecode -r requirements/production.lock

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=corpid.settings \
    CORPID_VAR=/var/lib/corpid STATIC_ROOT=/app/build/static
RUN useradd --system --home-dir /var/lib/corpid --create-home corpid
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY corpid corpid
COPY authentication authentication
COPY signatures signatures
COPY credentials credentials
COPY prefill prefill
COPY templates templates
COPY static static
COPY locale locale
# Collected into the image, with names that carry digests. No secret is read for it.
RUN SECRET_KEY=unused KEY_ENCRYPTION_KEY=unused IDENTIFIER_HMAC_KEY=unused BASE_URL=https://unused \
    DATABASE_URL=postgres:///unused CACHE_URL=redis://unused BROKER_URL=redis://unused EMAIL_URL=smtp://unused \
    python manage.py collectstatic --noinput --verbosity 0
USER corpid
VOLUME /var/lib/corpid
EXPOSE 8000
