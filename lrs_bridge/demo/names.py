"""Names of invented people, as they are written where they live, and where that is.

A name in another script than Latin carries the Latin form for the e-mail address after a bar.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    units: int
    """How many of the 64 units of the company work here."""
    places: tuple[tuple[str, str], ...]
    """City and time zone."""
    given: tuple[str, ...]
    family: tuple[str, ...]


def _country(code: str, units: int, places: dict[str, str], given: str, family: str) -> Country:
    return Country(code, units, tuple(places.items()), tuple(given.split()), tuple(family.split()))


COUNTRIES = (
    _country("GB", 9, {"London": "Europe/London", "Leeds": "Europe/London", "Glasgow": "Europe/London"},
             "Oliver Amelia George Isla Harry Ava Jack Emily Noah Sophie Charlie Grace Thomas Freya James Alice Arthur "
             "Daisy Samuel Harriet Callum Imogen",
             "Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker Thompson White Hughes Edwards Green Hall "
             "Wood Harris Clarke Jackson Turner Begum Campbell"),
    _country("DE", 8, {"Berlin": "Europe/Berlin", "Hamburg": "Europe/Berlin", "München": "Europe/Berlin"},
             "Lukas Mia Finn Hannah Jonas Emma Leon Lena Felix Marie Paul Jürgen Sabine Käthe Björn Ute Matthias Anke "
             "Emre Katrin Stefan Heike",
             "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter "
             "Klein Wolf Schröder Neumann Yılmaz Krüger Weiß Zimmermann"),
    _country("US", 7, {"New York": "America/New_York", "Chicago": "America/Chicago", "Denver": "America/Denver"},
             "Liam Olivia Mason Emma Ethan Sophia Jacob Madison Michael Abigail Tyler Brianna Marcus Keisha Diego "
             "Camila Kevin Ashley Wei Grace Aaron Megan",
             "Smith Johnson Williams Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Anderson Thomas "
             "Moore Jackson Martin Lee Thompson Nguyen Washington Cohen Kowalski"),
    _country("IN", 7, {"Bengaluru": "Asia/Kolkata", "Pune": "Asia/Kolkata", "Hyderabad": "Asia/Kolkata"},
             "Aarav Ananya Vivaan Diya Arjun Ishita Rohan Kavya Vikram Lakshmi Sanjay Meera Rahul Pooja Imran Aisha "
             "Harpreet Nandini Suresh Divya Karthik Sneha",
             "Sharma Verma Iyer Nair Reddy Rao Gupta Singh Kaur Khan Das Banerjee Mukherjee Patil Joshi Kulkarni "
             "Menon Pillai Shetty Chopra Bhat Mehta"),
    _country("FR", 5, {"Paris": "Europe/Paris", "Lyon": "Europe/Paris"},
             "Gabriel Jade Raphaël Louise Léo Chloé Lucas Camille Hugo Inès Théo Manon Jérôme Aurélie François Zoé "
             "Mehdi Hélène Benoît Céline Rémi Anaïs",
             "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Lefèvre Girard Benali Mercier "
             "Faure Rousseau Gauthier Perrin Chevalier Noël Besançon Garnier"),
    _country("ES", 4, {"Madrid": "Europe/Madrid", "Las Palmas": "Atlantic/Canary"},
             "Hugo Lucía Martín Sofía Pablo Martina Álvaro Carmen Íñigo Begoña Javier Pilar Sergio Nuria Andrés "
             "Montserrat Joaquín Rocío Adrián Elena Raúl Inés",
             "García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Jiménez Ruiz Hernández Muñoz "
             "Álvarez Romero Núñez Iglesias Peña Castaño Ibáñez Ortiz Vázquez"),
    _country("PL", 4, {"Warszawa": "Europe/Warsaw", "Kraków": "Europe/Warsaw"},
             "Jakub Zuzanna Łukasz Małgorzata Piotr Agnieszka Michał Katarzyna Paweł Joanna Grzegorz Ewa Tomasz "
             "Magdalena Wojciech Żaneta Rafał Bożena Krzysztof Iwona",
             "Nowak Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Mazur Krawczyk "
             "Kaczmarek Piotrowski Grabowski Pawłowski Król Wieczorek Jabłoński Wróbel Gołąb"),
    _country("IE", 4, {"Dublin": "Europe/Dublin", "Cork": "Europe/Dublin"},
             "Conor Aoife Seán Ciara Oisín Niamh Cillian Saoirse Patrick Róisín Darragh Sinéad Eoin Gráinne Fionn "
             "Orla Declan Bríd Tadhg Méabh",
             "Murphy O’Brien Kelly Byrne Ryan O’Connor Walsh Doyle McCarthy Gallagher Doherty Kennedy Lynch Murray "
             "Quinn Moore Nolan Brennan O’Sullivan Whelan"),
    _country("BR", 4, {"São Paulo": "America/Sao_Paulo", "Manaus": "America/Manaus"},
             "Miguel Helena Arthur Alice João Júlia Antônio Mariana Thiago Beatriz Luís Fernanda Vinícius Letícia "
             "Caio Débora Otávio Patrícia Renato Luíza",
             "Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Rodrigues Almeida Nascimento Araújo Ribeiro "
             "Gonçalves Carvalho Barbosa Rocha Conceição Tanaka Moraes"),
    _country("JP", 3, {"東京": "Asia/Tokyo", "大阪": "Asia/Tokyo"},
             "蓮|Ren 陽葵|Himari 湊|Minato 結衣|Yui 大翔|Hiroto 美咲|Misaki 健太|Kenta 葵|Aoi 翔太|Shota 愛子|Aiko "
             "拓也|Takuya 直美|Naomi 誠|Makoto 由美子|Yumiko 大輔|Daisuke 恵|Megumi 学|Manabu 千尋|Chihiro",
             "佐藤|Sato 鈴木|Suzuki 高橋|Takahashi 田中|Tanaka 伊藤|Ito 渡辺|Watanabe 山本|Yamamoto 中村|Nakamura "
             "小林|Kobayashi 加藤|Kato 吉田|Yoshida 山田|Yamada 佐々木|Sasaki 山口|Yamaguchi 松本|Matsumoto "
             "井上|Inoue"),
    _country("SE", 3, {"Stockholm": "Europe/Stockholm", "Göteborg": "Europe/Stockholm"},
             "Liam Alice William Maja Björn Astrid Åke Elsa Göran Märta Oskar Ebba Erik Saga Nils Ylva Håkan Linnéa "
             "Östen Karin",
             "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Lindström "
             "Sjöberg Åkesson Öberg Bergström Hedlund Nyström Wallin Söderström Ahmadi"),
    _country("ZA", 2, {"Johannesburg": "Africa/Johannesburg", "Cape Town": "Africa/Johannesburg"},
             "Thabo Naledi Sipho Lerato Pieter Anika Kagiso Zanele Johan Marlene Bongani Nomvula Riaan Elmarie Tebogo "
             "Palesa Yusuf Fatima Craig Ayanda",
             "Nkosi Dlamini Botha Naidoo Mokoena Pretorius Khumalo Govender Jacobs Ndlovu Meyer Mahlangu Pillay Zulu "
             "Steyn Sithole Williams Moloi Smit Mthembu"),
    _country("AE", 2, {"دبي": "Asia/Dubai", "أبوظبي": "Asia/Dubai"},
             "محمد|Mohammed فاطمة|Fatima أحمد|Ahmed مريم|Maryam خالد|Khalid نورة|Noura سلطان|Sultan عائشة|Aisha "
             "راشد|Rashid هند|Hind يوسف|Yousef سارة|Sara عمر|Omar ليلى|Layla حمدان|Hamdan شيخة|Shaikha",
             "المنصوري|Almansoori الهاشمي|Alhashimi الكتبي|Alketbi المزروعي|Almazrouei الشامسي|Alshamsi "
             "النعيمي|Alnuaimi السويدي|Alsuwaidi الظاهري|Aldhaheri البلوشي|Albalushi "
             "الحمادي|Alhammadi الزعابي|Alzaabi العامري|Alameri"),
    _country("SG", 2, {"Singapore": "Asia/Singapore"},
             "Wei Hui Jun Xin Kai Mei Zhi Li Ming Siti Muhammad Nurul Arun Priya Darren Cheryl Jia Boon Aidan Rachel",
             "Tan Lim Lee Ng Ong Wong Goh Chua Chan Koh Teo Ang Yeo Rahman Ismail Krishnan Subramaniam Ho Low Sim"),
)  # fmt: skip

# account, given name, family name, mailbox, staff number: as the captured Moodle names them (samples/SOURCES.md)
MOODLE_LEARNERS = (
    ("47", "Anna", "Müller", "learner01", "EMP1000"),
    ("48", "José", "García Márquez", "learner02", "EMP1001"),
    ("49", "Søren", "Åkesson", "learner03", "EMP1002"),
    ("50", "李", "小龍", "learner04", "EMP1003"),
    ("51", "Zoë", "O’Brien", "learner05", "EMP1004"),
    ("52", "Ibrahim", "Al-Farsi", "learner06", "EMP1005"),
    ("53", "Ngozi", "Okafor", "learner07", "EMP1006"),
    ("54", "Ελένη", "Παππά", "learner08", "EMP1007"),
    ("55", "Иван", "Петров", "learner09", "EMP1008"),
    ("56", "Fatima", "Zahra", "learner10", "EMP1009"),
    ("57", "John", "Smith", "learner11", "EMP1010"),
    ("58", "Mary-Jane", "van der Berg", "learner12", "EMP1011"),
    ("59", "Łukasz", "Wójcik", "learner13", "EMP1012"),
    ("60", "Thu", "Nguyễn", "learner14", "EMP1013"),
    ("61", "Priya", "Sharma", "learner15", "EMP1014"),
    ("62", "Yuki", "田中", "learner16", "EMP1015"),
    ("63", "Chloé", "Lefèvre", "learner17", "EMP1016"),
    ("64", "Björk", "Þórsdóttir", "learner18", "EMP1017"),
    ("65", "Marek", "Dvořák", "learner19", "EMP1018"),
    ("66", "Aoife", "Ní Bhriain", "learner20", "EMP1019"),
)
MOODLE_LEADERS = (
    ("68", "Max", "Manager", "manager1"),
    ("67", "Tess", "Teacher", "teacher1"),
)

_NO_DECOMPOSITION = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "ı": "i", "ð": "d", "þ": "th"})


def native(name: str) -> str:
    return name.partition("|")[0]


def ascii_form(name: str) -> str:
    """The part of an address: Latin, small, without marks."""
    latin = (name.partition("|")[2] or name).lower().translate(_NO_DECOMPOSITION)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalnum())
