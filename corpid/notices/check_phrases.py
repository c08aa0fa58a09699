"""The words by which a reader knows that an e-mail is ours.

Whoever has not chosen any has three that are drawn from a key and the person's id: they are
there from the first e-mail on, stay the same, and nobody else can work them out.
"""

import hashlib
import hmac
from uuid import UUID

_COUNT = 3
_WORDS = {
    "en": (
        "amber anchor apple bamboo basket bell blossom bridge button candle canvas carpet"
        " cedar cherry cloud copper coral cotton curtain drum eagle feather ferry forest"
        " garden ginger harbour honey island ivory jasmine kettle kite ladder lantern lemon"
        " lotus maple marble meadow melon mirror orchid paper pearl pebble pepper piano"
        " pillow pine plum pocket ribbon river saddle silver sparrow teapot thunder ticket"
        " violet walnut willow window"
    ),
    "zh-hant": (
        "琥珀 船錨 蘋果 竹子 籃子 銅鈴 花蕾 小橋 鈕扣 蠟燭 帆布 地氈 雪松 櫻桃 白雲 銅幣"
        " 珊瑚 棉花 窗簾 大鼓 老鷹 羽毛 渡輪 森林 花園 生薑 海港 蜂蜜 小島 象牙 茉莉 水壺"
        " 風箏 梯子 燈籠 檸檬 蓮花 楓葉 雲石 草原 蜜瓜 鏡子 蘭花 信紙 珍珠 石子 胡椒 鋼琴"
        " 枕頭 松樹 梅子 口袋 絲帶 河流 馬鞍 銀匙 麻雀 茶壺 雷聲 車票 紫羅蘭 核桃 柳樹 窗戶"
    ),
    "zh-hans": (
        "琥珀 船锚 苹果 竹子 篮子 铜铃 花蕾 小桥 纽扣 蜡烛 帆布 地毯 雪松 樱桃 白云 铜币"
        " 珊瑚 棉花 窗帘 大鼓 老鹰 羽毛 渡轮 森林 花园 生姜 海港 蜂蜜 小岛 象牙 茉莉 水壶"
        " 风筝 梯子 灯笼 柠檬 莲花 枫叶 大理石 草原 蜜瓜 镜子 兰花 信纸 珍珠 石子 胡椒 钢琴"
        " 枕头 松树 梅子 口袋 丝带 河流 马鞍 银勺 麻雀 茶壶 雷声 车票 紫罗兰 核桃 柳树 窗户"
    ),
}


def drawn_phrase(*, key: bytes, person_id: UUID, language: str) -> str:
    """Give the same three things in each language."""
    digest = hmac.digest(key, b"check phrase:" + person_id.bytes, hashlib.sha256)
    words = _WORDS.get(language, _WORDS["en"]).split()
    return " ".join(words[digest[place] % len(words)] for place in range(_COUNT))
