"""Verbs to bytes: each documented request, exactly as it leaves."""

import warnings
from typing import NoReturn

import pytest

from tests.cases import RequestCase, every
from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.request import Request, build
from unifiedcopy.schema import Api, load_schema
from unifiedcopy.secret import Credentials
from unifiedcopy.signing import Signer
from unifiedcopy.transport import Deadlines


class Captured(Exception):
    def __init__(self, request: Request) -> None:
        self.request = request


class Capturing(Connection):
    async def ask(self, request: Request, parse: object, *, writes: bool) -> NoReturn:
        raise Captured(request)


async def captured(api: Api, case: RequestCase) -> Request:
    """The request that a case's verb builds; of the page after it when the case says so."""
    connection = Capturing(api, Credentials("key", "secret", "phrase"), "https://nowhere.example", Deadlines())
    ex = DrivenExchange(api, connection, alias=None, write=True, convert=True)
    try:
        if case.call is not None:
            await ex.call(case.call, **{**case.args, **case.params})
        else:
            positional, options = case.arguments()
            await getattr(ex, case.verb or "")(*positional, **options)
    except Captured as caught:
        request = caught.request
    endpoint = api.schema.endpoints[request.endpoint]
    if case.cursor is None or endpoint.paging is None:
        return request
    return build(api.schema.id, request.endpoint, endpoint, {**request.sent, endpoint.paging.param: case.cursor})


@pytest.mark.parametrize("case", every("request"), ids=lambda case: f"{case.api}: {case.says}")
async def test_a_verb_sends_the_request_that_the_venue_documents(case):
    api = load_schema(case.api)

    request = await captured(api, case)

    signing = api.schema.signing[api.schema.endpoints[request.endpoint].sign] if request.endpoint else None
    pairs = sorted(request.query) if signing and signing.sort_query else request.query
    assert (request.method, request.path) == (case.expect.method, case.expect.path)
    assert "&".join(f"{key}={value}" for key, value in pairs) == case.expect.query
    assert request.body.decode() == case.expect.body


@pytest.mark.parametrize("case", every("request"), ids=lambda case: f"{case.api}: {case.says}")
async def test_a_signed_request_holds_exactly_the_query_and_body_that_were_built(case):
    api = load_schema(case.api)
    request = await captured(api, case)
    endpoint = api.schema.endpoints[request.endpoint]
    if endpoint.sign == "none":
        return

    signed = Signer(api.schema.signing[endpoint.sign], Credentials("key", "secret", "phrase"), case.api).sign(
        request, 1
    )

    assert signed.body == request.body
    assert signed.target.startswith(f"{request.path}?{case.expect.query}" if case.expect.query else request.path)


def test_connecting_to_a_retired_api_warns_and_names_the_successor():
    import unifiedcopy as uc

    with pytest.warns(uc.RetiredApiWarning, match="use bitget/v2-futures"):
        uc.connect("bitget/v1-futures")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        uc.connect("bitget")
