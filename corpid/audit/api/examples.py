"""Examples of the API reference: they verify, with an invented log of five events."""

VERIFIER_KEYS = "corpid.example/audit+f19c71cd+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n"
CHECKPOINT_OF_3 = (
    "corpid.example/audit\n3\ncl1SMNto9VdHDcNfHYhlgTrNfrsHrRUndBQd7LrnEyc=\n\n"
    "— corpid.example/audit 8ZxxzRKDXZ35te53chv+vscHOYwTgQwfLEXgpaXlxsF62HA3LWfPZ/K4LS5c"
    "lUNwSqkEIgvwOzTFEgUyWfQv+NOp4AM=\n"
)
CHECKPOINT_OF_5 = (
    "corpid.example/audit\n5\ntnSPbtepnefahP2X4aO6xvq4mZ9KQ2lcq5Uoot5DEUc=\n\n"
    "— corpid.example/audit 8ZxxzdPftQYPnWtnWS//haFJ2AwpUER65lV3T1YLZbTo4z4bnhSg2fpSAUSJ"
    "/8lNi5Bez/qBW/9a4hXjqzsL8dNBAgg=\n"
)
INCLUSION = {
    "event": "01a21116-a655-793a-9772-f78c18dcef0f",
    "index": 3,
    "leaf_hash": "kGxdJIXK5yIHOkMPTQT+F2dQdZLO8iZimurbhaLskJ0=",
    "proof": [
        "+mHj3sNDlYn0eEyJO/Mh0AhPBMVyx68raOPzNgo1tIY=",
        "ywCYnZSlacCmeK4EK2Pc1GJduWRAUX83put5duok7Us=",
        "EeH1WCI/THG2vhzs/R8N6HFG0llId8J7KexRn5BAITw=",
    ],
    "checkpoint": CHECKPOINT_OF_5,
}
CONSISTENCY = {
    "proof": [
        "+mHj3sNDlYn0eEyJO/Mh0AhPBMVyx68raOPzNgo1tIY=",
        "kGxdJIXK5yIHOkMPTQT+F2dQdZLO8iZimurbhaLskJ0=",
        "ywCYnZSlacCmeK4EK2Pc1GJduWRAUX83put5duok7Us=",
        "EeH1WCI/THG2vhzs/R8N6HFG0llId8J7KexRn5BAITw=",
    ],
    "first": CHECKPOINT_OF_3,
    "second": CHECKPOINT_OF_5,
}
