"""The persons and companies that pages, tests and guides speak of, written out.

Lee Siu Ming, Chan Ka Yan and Ho Wai Kit are the three directors of Golden Harvest Trading, any
two of whom sign. Yip Wing Sum is the only director of Lantern Bay Design. Wong Mei Ling works
at ABC Secretaries for many clients. Chan Siu Fong's noodle shop has not joined Corp ID yet. Lau
Chi Hang is a clerk whom nobody has given a power. Ng Kat Shing's name and company need
characters beyond the first plane of Unicode.
"""

from datetime import date

from authentication.identity_document import hkid_check_character
from corpid.demonstration.invention.calendar import years_before
from corpid.demonstration.invention.facts import (
    InventedCompany,
    InventedLicence,
    InventedMember,
    InventedOfficer,
    InventedPerson,
    InventedPremises,
    InventedRegistration,
    Name,
)
from corpid.errors import gettext_noop

GOLDEN_HARVEST = "71234567"
ABC_SECRETARIES = "70000001"
CHAN_KEE = "12345678"
LANTERN_BAY = "90471182"
KAT_HING = "90471355"

_ANY_TWO_DIRECTORS = {"any_of": [[{"needed": 2, "of": ["director"]}]]}


def printed_hkid(letters: str, digits: str) -> str:
    return f"{letters}{digits}({hkid_check_character(letters, digits)})"


def _person(digits: str, name: Name, email: str, story: str) -> InventedPerson:
    home = Name(
        "Flat 3C, 9 Egret Terrace, Kowloon", "九龍白鷺臺9號3樓C室", "九龙白鹭台9号3楼C室"
    )
    return InventedPerson(
        hkid=printed_hkid("QX", digits), name=name, home=home, email=email, story=story
    )


LEE_SIU_MING = _person(
    "100001",
    Name("Lee Siu Ming", "李小明", "李小明"),
    "siuming.lee@goldenharvest.example",
    gettext_noop(
        "Director of Golden Harvest Trading, which any two of its three directors sign for;"
        " its administrator"
    ),
)
CHAN_KA_YAN = _person(
    "100002",
    Name("Chan Ka Yan", "陳家欣", "陈家欣"),
    "kayan.chan@goldenharvest.example",
    gettext_noop("Director of Golden Harvest Trading"),
)
HO_WAI_KIT = _person(
    "100003",
    Name("Ho Wai Kit", "何偉傑", "何伟杰"),
    "waikit.ho@goldenharvest.example",
    gettext_noop("Director of Golden Harvest Trading"),
)
FUNG_LAI_KUEN = _person(
    "100004",
    Name("Fung Lai Kuen", "馮麗娟", "冯丽娟"),
    "laikuen.fung@goldenharvest.example",
    gettext_noop("Files forms and keeps the licences of Golden Harvest Trading; no director"),
)
LAU_CHI_HANG = _person(
    "100005",
    Name("Lau Chi Hang", "劉志恆", "刘志恒"),
    "chihang.lau@goldenharvest.example",
    gettext_noop("Clerk at Golden Harvest Trading, without any power"),
)
YIP_WING_SUM = _person(
    "100006",
    Name("Yip Wing Sum", "葉詠心", "叶咏心"),
    "wingsum.yip@lanternbay.example",
    gettext_noop("Only director of Lantern Bay Design"),
)
WONG_MEI_LING = _person(
    "100007",
    Name("Wong Mei Ling", "黃美玲", "黄美玲"),
    "meiling.wong@abcsecretaries.example",
    gettext_noop("Works at ABC Secretaries, the company secretary or agent of many companies"),
)
CHAN_SIU_FONG = _person(
    "100008",
    Name("Chan Siu Fong", "陳小芳", "陈小芳"),
    "siufong.chan@chankee.example",
    gettext_noop("Owner of Chan Kee Noodles, which has not joined Corp ID yet"),
)
NG_KAT_SHING = _person(
    "100009",
    Name("Ng Kat Shing", "吳𠮷成", "吴𠮷成"),
    "katshing.ng@kathing.example",
    gettext_noop("Director of Kat Hing Lift Engineering; names with rare characters"),
)

PERSONS = (
    LEE_SIU_MING,
    CHAN_KA_YAN,
    HO_WAI_KIT,
    FUNG_LAI_KUEN,
    LAU_CHI_HANG,
    YIP_WING_SUM,
    WONG_MEI_LING,
    CHAN_SIU_FONG,
    NG_KAT_SHING,
)

CASEWORKERS = (
    ("puiman.tsui@corpid.example", "Tsui Pui Man"),
    ("ching.kwok@corpid.example", "Kwok Ching"),
)


def companies_of_the_cast(on: date) -> tuple[InventedCompany, ...]:
    return (
        _golden_harvest(on),
        _abc_secretaries(on),
        _chan_kee(on),
        _lantern_bay(on),
        _kat_hing(on),
    )


def _golden_harvest(on: date) -> InventedCompany:
    formed = date(2019, 3, 4)
    office = Name(
        "Flat B, 12/F, Golden Court, 188 Shanghai Street, Yau Ma Tei, Kowloon",
        "九龍油麻地上海街188號金苑12樓B室",
        "九龙油麻地上海街188号金苑12楼B室",
    )
    workshop = Name(
        "G/F, 12 Reed Street, Tai Kok Tsui, Kowloon",
        "九龍大角咀利得街12號地下",
        "九龙大角咀利得街12号地下",
    )
    return InventedCompany(
        ubi=GOLDEN_HARVEST,
        kind="local_private",
        name=Name("Golden Harvest Trading Limited", "金穗貿易有限公司", "金穗贸易有限公司"),
        address=office,
        formed_on=formed,
        cr_number="2798104",
        officers=(
            *(
                InventedOfficer(capacity="director", appointed_on=formed, hkid=person.hkid)
                for person in (LEE_SIU_MING, CHAN_KA_YAN, HO_WAI_KIT)
            ),
            InventedOfficer(capacity="secretary", appointed_on=formed, ubi=ABC_SECRETARIES),
        ),
        members=(
            InventedMember(hkid=LEE_SIU_MING.hkid, roles=("administrator",)),
            InventedMember(hkid=FUNG_LAI_KUEN.hkid, roles=("filer", "wallet_manager")),
            InventedMember(hkid=LAU_CHI_HANG.hkid),
        ),
        shares=(
            (LEE_SIU_MING.hkid, 5000),
            (CHAN_KA_YAN.hkid, 3000),
            (HO_WAI_KIT.hkid, 2000),
        ),
        registration=_registration(
            GOLDEN_HARVEST, "Import and export of dried seafood 海味進出口", on, days_left=99
        ),
        premises=(
            InventedPremises(name="Golden Harvest Workshop", address=workshop),
            InventedPremises(name="Golden Harvest Office", address=office),
        ),
        licences=(_licence("2990810471", "food_factory", "Golden Harvest Workshop", on),),
        signing_rule=_ANY_TWO_DIRECTORS,
    )


def _abc_secretaries(on: date) -> InventedCompany:
    formed = date(2001, 11, 20)
    return InventedCompany(
        ubi=ABC_SECRETARIES,
        kind="local_private",
        name=Name("ABC Secretaries Limited", "甲乙丙秘書有限公司", "甲乙丙秘书有限公司"),
        address=Name(
            "Room 901, 9/F, Tidal Centre, 220 King's Road, Quarry Bay, Hong Kong",
            "香港鰂魚涌英皇道220號潮汐中心9樓901室",
            "香港鲗鱼涌英皇道220号潮汐中心9楼901室",
        ),
        formed_on=formed,
        cr_number="0775310",
        officers=(
            InventedOfficer(capacity="director", appointed_on=formed, hkid=WONG_MEI_LING.hkid),
        ),
        members=(InventedMember(hkid=WONG_MEI_LING.hkid, roles=("administrator",)),),
        shares=((WONG_MEI_LING.hkid, 100),),
        registration=_registration(
            ABC_SECRETARIES, "Company secretarial services 公司秘書服務", on, days_left=310
        ),
    )


def _chan_kee(on: date) -> InventedCompany:
    formed = date(2012, 8, 1)
    shop = Name(
        "G/F, 38 Fuk Wa Street, Sham Shui Po, Kowloon",
        "九龍深水埗福華街38號地下",
        "九龙深水埗福华街38号地下",
    )
    return InventedCompany(
        ubi=CHAN_KEE,
        kind="sole_proprietorship",
        name=Name("Chan Kee Noodles", "陳記麵家", "陈记面家"),
        address=shop,
        formed_on=formed,
        officers=(
            InventedOfficer(
                capacity="proprietor", appointed_on=formed, hkid=CHAN_SIU_FONG.hkid
            ),
        ),
        registration=_registration(CHAN_KEE, "Noodle shop 麵店", on, days_left=24),
        premises=(InventedPremises(name="Chan Kee Noodles", address=shop),),
        licences=(_licence("2210384416", "light_refreshment", "Chan Kee Noodles", on),),
        is_enrolled=False,
    )


def _lantern_bay(on: date) -> InventedCompany:
    formed = date(2024, 5, 13)
    return InventedCompany(
        ubi=LANTERN_BAY,
        kind="local_private",
        name=Name("Lantern Bay Design Limited", "燈灣設計有限公司", "灯湾设计有限公司"),
        address=Name(
            "Unit 5, 7/F, Egret Industrial Building, 31 Hung To Road, Kwun Tong, Kowloon",
            "九龍觀塘鴻圖道31號白鷺工業大廈7樓5室",
            "九龙观塘鸿图道31号白鹭工业大厦7楼5室",
        ),
        formed_on=formed,
        cr_number=LANTERN_BAY,
        officers=(
            InventedOfficer(capacity="director", appointed_on=formed, hkid=YIP_WING_SUM.hkid),
        ),
        members=(InventedMember(hkid=YIP_WING_SUM.hkid, roles=("administrator",)),),
        shares=((YIP_WING_SUM.hkid, 1),),
        registration=_registration(LANTERN_BAY, "Interior design 室內設計", on, days_left=168),
    )


def _kat_hing(on: date) -> InventedCompany:
    formed = date(2016, 9, 9)
    return InventedCompany(
        ubi=KAT_HING,
        kind="local_private",
        name=Name(
            "Kat Hing Lift Engineering Limited",
            "𠮷興𨋢機工程有限公司",
            "𠮷兴𨋢机工程有限公司",
        ),
        address=Name(
            "Shop 2, G/F, Old Wharf Mansion, 64 Gillies Avenue, Hung Hom, Kowloon",
            "九龍紅磡機利士路64號舊埗大樓地下2號舖",
            "九龙红磡机利士路64号旧埗大楼地下2号铺",
        ),
        formed_on=formed,
        cr_number="2421907",
        officers=(
            InventedOfficer(capacity="director", appointed_on=formed, hkid=NG_KAT_SHING.hkid),
            InventedOfficer(capacity="secretary", appointed_on=formed, ubi=ABC_SECRETARIES),
        ),
        members=(InventedMember(hkid=NG_KAT_SHING.hkid, roles=("administrator",)),),
        shares=((NG_KAT_SHING.hkid, 10000),),
        registration=_registration(KAT_HING, "Lift maintenance 𨋢維修", on, days_left=288),
    )


def _registration(ubi: str, nature: str, on: date, *, days_left: int) -> InventedRegistration:
    valid_until = date.fromordinal(on.toordinal() + days_left)
    valid_from = years_before(valid_until, 1)
    return InventedRegistration(
        certificate_number=f"{ubi}-000-{valid_from:%m-%y}-4",
        nature=nature,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _licence(number: str, kind: str, premises_name: str, on: date) -> InventedLicence:
    issued = date.fromordinal(on.toordinal() - 140)
    return InventedLicence(
        number=number,
        kind=kind,
        premises_name=premises_name,
        issued_on=issued,
        expires_on=date.fromordinal(on.toordinal() + 225),
    )
