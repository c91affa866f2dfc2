# One stage to build the environment, one to run it. Data lives in /data.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY cogs cogs
COPY sandbox sandbox
RUN /venv/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home imagine && mkdir /data && chown imagine /data
COPY --from=build /venv /venv
USER imagine
WORKDIR /data
VOLUME /data
ENV DATABASE_URL=sqlite:////data/imagine.db PYTHONUNBUFFERED=1
STOPSIGNAL SIGTERM
ENTRYPOINT ["/venv/bin/python", "-m", "bot"]
CMD ["run"]
