# Programs and assistants are answered on port 7860. Nothing is fetched while it is built or run:
#
#   pip wheel --wheel-dir wheels '.[mcp]' --extra-index-url https://download.pytorch.org/whl/cpu
#   docker build -t article-qa .
#   docker run -p 127.0.0.1:7860:7860 -e ARTICLE_QA_API_KEY=... article-qa
FROM python:3.12-slim

RUN --mount=type=bind,source=wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels 'article-qa[mcp]' \
    && useradd --system --uid 999 --create-home --home-dir /var/lib/article-qa article-qa

ENV HF_HUB_OFFLINE=1 XDG_CACHE_HOME=/var/lib/article-qa/cache PYTHONUNBUFFERED=1
USER article-qa
WORKDIR /var/lib/article-qa
VOLUME /var/lib/article-qa
EXPOSE 7860

HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/readyz', timeout=2)"]
ENTRYPOINT ["article-qa"]
CMD ["serve", "--host", "0.0.0.0"]
