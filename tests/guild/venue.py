"""The invented venue that wraps, counts contracts and has leaders, answering by path over a real socket."""

import json

import unifiedcopy as uc
from tests.venue import Say, ScriptedVenue

DONE = Say({"code": "0", "data": [{"result": True}]})
INSTRUMENTS = {
    "code": "0",
    "data": [
        {"instId": "BTC-USDT-SWAP", "ctVal": "0.01", "ctValCcy": "BTC"},
        {"instId": "BTC-USD-SWAP", "ctVal": "100", "ctValCcy": "USD"},
        {"instId": "SPOT-USDT", "ctVal": "", "ctValCcy": ""},
    ],
}
NO_LIMITS = {"code": "0", "data": [{"minAmt": "", "maxAmt": "", "maxSl": ""}]}


class Guild(ScriptedVenue):
    """Answers by path; a list of answers is said one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = {"/instruments": INSTRUMENTS, "/limits": NO_LIMITS, "/following": {"code": "0", "data": []}}
        self.script = [self._answer]

    def _answer(self, received) -> Say:
        path = received.target.partition("?")[0]
        answer = self.answers.get(path, DONE)
        answer = answer.pop(0) if isinstance(answer, list) else answer
        return answer if isinstance(answer, Say) else Say(answer)

    def targets(self, but: tuple[str, ...] = ("/instruments", "/limits")) -> list[str]:
        return [received.target for received in self.received if received.target not in but]

    def body(self) -> dict:
        return json.loads(self.received[-1].body)


def open_row(**given) -> dict:
    return {"id": "1", "inst": "BTC-USDT-SWAP", "posSide": "long", "pos": "3", "mark": "60000", **given}


FIFTY = uc.FollowSettings(sizing=uc.FixedAmount(50))
