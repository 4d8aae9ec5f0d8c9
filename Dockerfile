# One image for both faces and for what draws for them; docker-compose.yml says which one a container is.
FROM python:3.13.12-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent yesmap && install -d -o yesmap -m 700 /keys /recording-keys
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY recorder recorder
COPY heatmap heatmap
COPY static static
RUN pip install --no-cache-dir -c constraints.txt '.[cluster]' && rm -rf /src
WORKDIR /
USER yesmap
CMD ["yesmap", "serve"]
