"""How agencies hang together in Hebei, as rules on the codes of GB/T 2260. Agencies are rows, not polygons."""

from typing import Final

PROVINCE: Final = "130000000000"

# 雄安新区: a city-level bureau over three counties that are numbered under 保定.
XIONGAN: Final = "133100000000"
XIONGAN_COUNTIES: Final = frozenset({"130629", "130632", "130638"})

# 辛集 and 定州 stand directly under the province.
DIRECT_COUNTIES: Final = frozenset({"130181", "130682"})

# Development zones (statistical codes 13xx7x) have bureaux under their city but no boundary of their own. The county
# in which each one lies, or which most of its townships came from; their stations are placed there.
ZONES: Final = {
    "130171": "130108",  # 石家庄高新区: 裕华
    "130172": "130109",  # 石家庄循环化工园区: 藁城
    "130271": "130207",  # 芦台: an exclave beside 天津, 丰南 is the nearest county of 唐山
    "130272": "130207",  # 汉沽: likewise
    "130273": "130208",  # 唐山高新区: 丰润
    "130274": "130225",  # 海港: 乐亭
    "130371": "130302",  # 秦皇岛经开区: 海港
    "130372": "130322",  # 北戴河新区: 昌黎
    "130471": "130408",  # 邯郸经开区: 永年
    "130473": "130427",  # 冀南新区: 磁县
    "130571": "130502",  # 邢台经开区: 襄都
    "130671": "130602",  # 保定高新区: 竞秀
    "130672": "130684",  # 白沟新城: 高碑店
    "130771": "130702",  # 张家口经开区: 桥东
    "130772": "130722",  # 察北: 张北
    "130773": "130724",  # 塞北: 沽源
    "130871": "130802",  # 承德高新区: 双桥
    "130971": "130921",  # 沧州经开区: 沧县
    "130972": "130903",  # 沧州高新区: 运河
    "130973": "130983",  # 渤海新区: 黄骅
    "131071": "131003",  # 廊坊经开区: 广阳
    "131171": "131102",  # 衡水高新区: 桃城
    "131172": "131102",  # 滨湖新区: 桃城
}


def desk_code(county: str) -> str:
    """The 12-digit code of a county's (or zone's) command desk."""
    return f"{county}000000"


def city_code(county: str) -> str | None:
    """The 12-digit code of the city-level bureau above a county or zone; ``None`` directly under the province."""
    if county in DIRECT_COUNTIES:
        return None
    return XIONGAN if county in XIONGAN_COUNTIES else f"{county[:4]}00000000"


def answering_chain(county: str) -> tuple[str, ...]:
    """Who answers for a county: its desk, then those above it, up to the province."""
    city = city_code(county)
    return (desk_code(county), *((city,) if city else ()), PROVINCE)
