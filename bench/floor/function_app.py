"""The floor: the least that a taste job could be. It fetches the picture and asks the model, with the bare clients.

With `FLOOR_SHRINKS` it also shrinks the picture to 512 pixels first, as the app does, since the model bills by size.
"""

import asyncio
import base64
import io
import json
import os

import aiohttp
import azure.functions as func
import langchain_openai
from PIL import Image

app = func.FunctionApp()
clients: dict[str, object] = {}
WORDS = {"type": "array", "items": {"type": "string"}}
FIELDS = {"style_keywords": WORDS, "colours": WORDS, "garments": WORDS, "brand": {"type": ["string", "null"]},
          "confidence": {"type": "number"}}  # fmt: skip
SCHEMA = {
    "name": "StyleDescription", "strict": True,
    "schema": {"type": "object", "properties": FIELDS, "required": list(FIELDS), "additionalProperties": False},
}  # fmt: skip


@app.function_name("Floor")
@app.queue_trigger("message", os.environ["TASTE_JOB_QUEUE_NAME"], connection="StorageQueue", data_type=func.DataType.BINARY)
async def floor(message: func.QueueMessage) -> None:
    if not clients:
        clients["pictures"] = aiohttp.ClientSession()
        clients["model"] = langchain_openai.AzureChatOpenAI(
            azure_endpoint=os.environ["AZURE_OPENAI_ENDPOINT"], api_key=os.environ["AZURE_OPENAI_API_KEY"],
            api_version="2024-10-21", azure_deployment="gpt-4.1-mini", max_retries=0, temperature=0,
        ).bind(response_format={"type": "json_schema", "json_schema": SCHEMA}, max_tokens=300)  # fmt: skip
    job = json.loads(base64.b64decode(message.get_body()))
    async with clients["pictures"].get(job["image_url"]) as answer:
        picture = await answer.read()
    if os.environ.get("FLOOR_SHRINKS"):
        picture = await asyncio.to_thread(shrink, picture)
    url = f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    picture_part = [{"type": "image_url", "image_url": {"url": url}}]
    await clients["model"].ainvoke([("system", "Describe the style of the photo as JSON."), ("user", picture_part)])


def shrink(picture: bytes) -> bytes:
    with Image.open(io.BytesIO(picture)) as opened:
        opened.thumbnail((512, 512))
        out = io.BytesIO()
        opened.save(out, "JPEG", quality=80)
    return out.getvalue()
