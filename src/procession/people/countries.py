"""The countries of ISO 3166-1: what `country_id` may be (spec 40 §9.6). The id is the numeric code of the standard."""

from functools import lru_cache

import msgspec

_TABLE = """
AF 004 93 Afghanistan
AX 248 358 Åland Islands
AL 008 355 Albania
DZ 012 213 Algeria
AS 016 1684 American Samoa
AD 020 376 Andorra
AO 024 244 Angola
AI 660 1264 Anguilla
AQ 010 672 Antarctica
AG 028 1268 Antigua and Barbuda
AR 032 54 Argentina
AM 051 374 Armenia
AW 533 297 Aruba
AU 036 61 Australia
AT 040 43 Austria
AZ 031 994 Azerbaijan
BS 044 1242 Bahamas
BH 048 973 Bahrain
BD 050 880 Bangladesh
BB 052 1246 Barbados
BY 112 375 Belarus
BE 056 32 Belgium
BZ 084 501 Belize
BJ 204 229 Benin
BM 060 1441 Bermuda
BT 064 975 Bhutan
BO 068 591 Bolivia
BQ 535 599 Bonaire, Sint Eustatius and Saba
BA 070 387 Bosnia and Herzegovina
BW 072 267 Botswana
BV 074 47 Bouvet Island
BR 076 55 Brazil
IO 086 246 British Indian Ocean Territory
BN 096 673 Brunei Darussalam
BG 100 359 Bulgaria
BF 854 226 Burkina Faso
BI 108 257 Burundi
CV 132 238 Cabo Verde
KH 116 855 Cambodia
CM 120 237 Cameroon
CA 124 1 Canada
KY 136 1345 Cayman Islands
CF 140 236 Central African Republic
TD 148 235 Chad
CL 152 56 Chile
CN 156 86 China
CX 162 61 Christmas Island
CC 166 61 Cocos (Keeling) Islands
CO 170 57 Colombia
KM 174 269 Comoros
CG 178 242 Congo
CD 180 243 Congo, Democratic Republic of the
CK 184 682 Cook Islands
CR 188 506 Costa Rica
CI 384 225 Côte d'Ivoire
HR 191 385 Croatia
CU 192 53 Cuba
CW 531 599 Curaçao
CY 196 357 Cyprus
CZ 203 420 Czechia
DK 208 45 Denmark
DJ 262 253 Djibouti
DM 212 1767 Dominica
DO 214 1809 Dominican Republic
EC 218 593 Ecuador
EG 818 20 Egypt
SV 222 503 El Salvador
GQ 226 240 Equatorial Guinea
ER 232 291 Eritrea
EE 233 372 Estonia
SZ 748 268 Eswatini
ET 231 251 Ethiopia
FK 238 500 Falkland Islands (Malvinas)
FO 234 298 Faroe Islands
FJ 242 679 Fiji
FI 246 358 Finland
FR 250 33 France
GF 254 594 French Guiana
PF 258 689 French Polynesia
TF 260 262 French Southern Territories
GA 266 241 Gabon
GM 270 220 Gambia
GE 268 995 Georgia
DE 276 49 Germany
GH 288 233 Ghana
GI 292 350 Gibraltar
GR 300 30 Greece
GL 304 299 Greenland
GD 308 1473 Grenada
GP 312 590 Guadeloupe
GU 316 1671 Guam
GT 320 502 Guatemala
GG 831 44 Guernsey
GN 324 224 Guinea
GW 624 245 Guinea-Bissau
GY 328 592 Guyana
HT 332 509 Haiti
HM 334 672 Heard Island and McDonald Islands
VA 336 379 Holy See
HN 340 504 Honduras
HK 344 852 Hong Kong
HU 348 36 Hungary
IS 352 354 Iceland
IN 356 91 India
ID 360 62 Indonesia
IR 364 98 Iran
IQ 368 964 Iraq
IE 372 353 Ireland
IM 833 44 Isle of Man
IL 376 972 Israel
IT 380 39 Italy
JM 388 1876 Jamaica
JP 392 81 Japan
JE 832 44 Jersey
JO 400 962 Jordan
KZ 398 7 Kazakhstan
KE 404 254 Kenya
KI 296 686 Kiribati
KP 408 850 Korea, Democratic People's Republic of
KR 410 82 Korea, Republic of
KW 414 965 Kuwait
KG 417 996 Kyrgyzstan
LA 418 856 Laos
LV 428 371 Latvia
LB 422 961 Lebanon
LS 426 266 Lesotho
LR 430 231 Liberia
LY 434 218 Libya
LI 438 423 Liechtenstein
LT 440 370 Lithuania
LU 442 352 Luxembourg
MO 446 853 Macao
MG 450 261 Madagascar
MW 454 265 Malawi
MY 458 60 Malaysia
MV 462 960 Maldives
ML 466 223 Mali
MT 470 356 Malta
MH 584 692 Marshall Islands
MQ 474 596 Martinique
MR 478 222 Mauritania
MU 480 230 Mauritius
YT 175 262 Mayotte
MX 484 52 Mexico
FM 583 691 Micronesia
MD 498 373 Moldova
MC 492 377 Monaco
MN 496 976 Mongolia
ME 499 382 Montenegro
MS 500 1664 Montserrat
MA 504 212 Morocco
MZ 508 258 Mozambique
MM 104 95 Myanmar
NA 516 264 Namibia
NR 520 674 Nauru
NP 524 977 Nepal
NL 528 31 Netherlands
NC 540 687 New Caledonia
NZ 554 64 New Zealand
NI 558 505 Nicaragua
NE 562 227 Niger
NG 566 234 Nigeria
NU 570 683 Niue
NF 574 672 Norfolk Island
MK 807 389 North Macedonia
MP 580 1670 Northern Mariana Islands
NO 578 47 Norway
OM 512 968 Oman
PK 586 92 Pakistan
PW 585 680 Palau
PS 275 970 Palestine, State of
PA 591 507 Panama
PG 598 675 Papua New Guinea
PY 600 595 Paraguay
PE 604 51 Peru
PH 608 63 Philippines
PN 612 64 Pitcairn
PL 616 48 Poland
PT 620 351 Portugal
PR 630 1787 Puerto Rico
QA 634 974 Qatar
RE 638 262 Réunion
RO 642 40 Romania
RU 643 7 Russian Federation
RW 646 250 Rwanda
BL 652 590 Saint Barthélemy
SH 654 290 Saint Helena, Ascension and Tristan da Cunha
KN 659 1869 Saint Kitts and Nevis
LC 662 1758 Saint Lucia
MF 663 590 Saint Martin (French part)
PM 666 508 Saint Pierre and Miquelon
VC 670 1784 Saint Vincent and the Grenadines
WS 882 685 Samoa
SM 674 378 San Marino
ST 678 239 Sao Tome and Principe
SA 682 966 Saudi Arabia
SN 686 221 Senegal
RS 688 381 Serbia
SC 690 248 Seychelles
SL 694 232 Sierra Leone
SG 702 65 Singapore
SX 534 1721 Sint Maarten (Dutch part)
SK 703 421 Slovakia
SI 705 386 Slovenia
SB 090 677 Solomon Islands
SO 706 252 Somalia
ZA 710 27 South Africa
GS 239 500 South Georgia and the South Sandwich Islands
SS 728 211 South Sudan
ES 724 34 Spain
LK 144 94 Sri Lanka
SD 729 249 Sudan
SR 740 597 Suriname
SJ 744 47 Svalbard and Jan Mayen
SE 752 46 Sweden
CH 756 41 Switzerland
SY 760 963 Syrian Arab Republic
TW 158 886 Taiwan
TJ 762 992 Tajikistan
TZ 834 255 Tanzania
TH 764 66 Thailand
TL 626 670 Timor-Leste
TG 768 228 Togo
TK 772 690 Tokelau
TO 776 676 Tonga
TT 780 1868 Trinidad and Tobago
TN 788 216 Tunisia
TR 792 90 Türkiye
TM 795 993 Turkmenistan
TC 796 1649 Turks and Caicos Islands
TV 798 688 Tuvalu
UG 800 256 Uganda
UA 804 380 Ukraine
AE 784 971 United Arab Emirates
GB 826 44 United Kingdom
US 840 1 United States of America
UM 581 1 United States Minor Outlying Islands
UY 858 598 Uruguay
UZ 860 998 Uzbekistan
VU 548 678 Vanuatu
VE 862 58 Venezuela
VN 704 84 Viet Nam
VG 092 1284 Virgin Islands (British)
VI 850 1340 Virgin Islands (U.S.)
WF 876 681 Wallis and Futuna
EH 732 212 Western Sahara
YE 887 967 Yemen
ZM 894 260 Zambia
ZW 716 263 Zimbabwe
"""


class Country(msgspec.Struct, frozen=True):
    """A country, with the code that telephone numbers there begin with."""

    id: int
    name: str
    phone_code: str
    iso2: str


@lru_cache(maxsize=1)
def countries() -> dict[int, Country]:
    """Every country by its id, in the order of their names."""
    found = {}
    for line in _TABLE.strip().split("\n"):
        iso2, number, phone, name = line.split(" ", 3)
        found[int(number)] = Country(int(number), name, phone, iso2)
    return found
