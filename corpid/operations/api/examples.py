"""Examples of the API reference: the statement verifies with the key, at its own moment."""

OUTAGES = {
    "outages": [
        {
            "id": "out_7m1q9d3x6b0v5n8c2h7j4f8s2k",
            "kind": "announced",
            "state": "planned",
            "functions": ["signing", "issuing", "prefill", "login"],
            "client_id": None,
            "starts_at": "2026-03-07T18:00:00+00:00",
            "ends_at": "2026-03-07T20:00:00+00:00",
            "told_at": "2026-03-02T03:00:00+00:00",
            "text": {
                "en": "Corp ID is maintained.",
                "zh-Hant": "Corp ID 進行維修。",
                "zh-Hans": "Corp ID 进行维护。",
            },
        },
        {
            "id": "out_4f8s2k7m1q9d3x6b0v5n8c2h7j",
            "kind": "switch",
            "state": "over",
            "functions": ["signing"],
            "client_id": None,
            "starts_at": "2026-03-03T06:02:00+00:00",
            "ends_at": "2026-03-03T06:40:12+00:00",
            "told_at": "2026-03-03T06:02:00+00:00",
            "text": {
                "en": "Corp ID signs no documents.",
                "zh-Hant": "Corp ID 暫停簽署文件。",
                "zh-Hans": "Corp ID 暂停签署文件。",
            },
        },
    ],
    "signed": (
        "eyJhbGciOiJFUzI1NiIsImtpZCI6IkplTGNaX3RpVTdPeG5vYzBPZUZJN1FJMDhXRDJGdDBLeVI2dUlpMnpq"
        "YmMiLCJ0eXAiOiJvdXRhZ2VzK2p3dCJ9.eyJpc3MiOiJodHRwczovL2NvcnBpZC5leGFtcGxlIiwiaWF0Ijo"
        "xNzcyNTgyNDAwLCJleHAiOjE3NzI1ODI3MDAsIm91dGFnZXMiOlt7ImlkIjoib3V0XzdtMXE5ZDN4NmIwdjV"
        "uOGMyaDdqNGY4czJrIiwia2luZCI6ImFubm91bmNlZCIsInN0YXRlIjoicGxhbm5lZCIsImZ1bmN0aW9ucyI"
        "6WyJzaWduaW5nIiwiaXNzdWluZyIsInByZWZpbGwiLCJsb2dpbiJdLCJjbGllbnRfaWQiOm51bGwsInN0YXJ"
        "0c19hdCI6IjIwMjYtMDMtMDdUMTg6MDA6MDArMDA6MDAiLCJlbmRzX2F0IjoiMjAyNi0wMy0wN1QyMDowMDo"
        "wMCswMDowMCIsInRvbGRfYXQiOiIyMDI2LTAzLTAyVDAzOjAwOjAwKzAwOjAwIiwidGV4dCI6eyJlbiI6IkN"
        "vcnAgSUQgaXMgbWFpbnRhaW5lZC4iLCJ6aC1IYW50IjoiQ29ycCBJRCDpgLLooYzntq3kv67jgIIiLCJ6aC1"
        "IYW5zIjoiQ29ycCBJRCDov5vooYznu7TmiqTjgIIifX0seyJpZCI6Im91dF80ZjhzMms3bTFxOWQzeDZiMHY"
        "1bjhjMmg3aiIsImtpbmQiOiJzd2l0Y2giLCJzdGF0ZSI6Im92ZXIiLCJmdW5jdGlvbnMiOlsic2lnbmluZyJ"
        "dLCJjbGllbnRfaWQiOm51bGwsInN0YXJ0c19hdCI6IjIwMjYtMDMtMDNUMDY6MDI6MDArMDA6MDAiLCJlbmR"
        "zX2F0IjoiMjAyNi0wMy0wM1QwNjo0MDoxMiswMDowMCIsInRvbGRfYXQiOiIyMDI2LTAzLTAzVDA2OjAyOjA"
        "wKzAwOjAwIiwidGV4dCI6eyJlbiI6IkNvcnAgSUQgc2lnbnMgbm8gZG9jdW1lbnRzLiIsInpoLUhhbnQiOiJ"
        "Db3JwIElEIOaaq-WBnOewvee9suaWh-S7tuOAgiIsInpoLUhhbnMiOiJDb3JwIElEIOaaguWBnOetvue9sua"
        "Wh-S7tuOAgiJ9fV19.IZtBaH1g4EnwomnBiXeGzeQuYjieaJEc5PF2FquwH917Tr17UlOvN4WsRqMI_3-7Pm"
        "jDtrGprVt4AgXYkPeC4Q"
    ),
}
KEYS = {
    "keys": [
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "u3aHKXZGl2mK_rLqYuo7RDgOJPw34SuiiWa_aRT5nJ8",
            "y": "0FGleqUOMjfcUOUPAV2M8hulhvvrQrJUtLJgdQf4ag0",
            "kid": "JeLcZ_tiU7Oxnoc0OeFI7QI08WD2Ft0KyR6uIi2zjbc",
            "use": "sig",
            "alg": "ES256",
        }
    ]
}
