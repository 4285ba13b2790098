"""The floor: the least that a digest could be. It asks the model one question of a digest's size, with the bare client."""

import base64
import json
import os

import azure.functions as func
import langchain_openai

app = func.FunctionApp()
clients: dict[str, object] = {}
TEXT, WORDS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
FIELDS = {
    "item": TEXT, "category": TEXT, "colour": TEXT, "why": TEXT, "figures": WORDS, "pairs_with": WORDS,
    "expected_price": {"type": ["number", "null"]}, "expected_wears_a_year": {"type": ["integer", "null"]},
    "confidence": {"type": "number"},
}  # fmt: skip
ITEM = {"type": "object", "properties": FIELDS, "required": list(FIELDS), "additionalProperties": False}
SCHEMA = {
    "name": "Suggestions", "strict": True,
    "schema": {
        "type": "object", "properties": {"suggestions": {"type": "array", "items": ITEM}}, "required": ["suggestions"],
        "additionalProperties": False,
    },
}  # fmt: skip


@app.function_name("Floor")
@app.queue_trigger("message", os.environ["DIGEST_JOB_QUEUE_NAME"], connection="StorageQueue", data_type=func.DataType.BINARY)
async def floor(message: func.QueueMessage) -> None:
    if not clients:
        clients["model"] = langchain_openai.AzureChatOpenAI(
            azure_endpoint=os.environ["AZURE_OPENAI_ENDPOINT"], api_key=os.environ["AZURE_OPENAI_API_KEY"],
            api_version="2024-10-21", azure_deployment="gpt-4.1-mini", max_retries=0, temperature=0,
        ).bind(response_format={"type": "json_schema", "json_schema": SCHEMA}, max_tokens=1_200)  # fmt: skip
    json.loads(base64.b64decode(message.get_body()))
    question = [("system", "Suggest 3 to 5 pieces as JSON."), ("user", os.environ["FLOOR_QUESTION"])]
    await clients["model"].ainvoke(question)
