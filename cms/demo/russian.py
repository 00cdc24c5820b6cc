"""The demo pages in Russian."""

from __future__ import annotations

from functools import partial

from cms.demo import captions, files
from cms.demo.contents import Contents, File, Item

_CREDIT = "Нарисовала команда make demo"

_pictured = partial(files.pictured, _CREDIT)

PAGES = (
    Contents(
        "Рассвет в гавани",
        "ru",
        "Двадцать секунд на набережной: от последних звёзд до первых чаек.",
        (
            Item(
                "video",
                "Рассвет в гавани",
                {"chapter_times": "0:00 Последние звёзды\n0:06 Светает\n0:12 Солнце"},
                (
                    File("video", "harbour-dawn.mp4", files.dawn),
                    File("subtitles", "harbour-dawn.ru.srt", captions.russian),
                    File("tracks", "harbour-dawn.en.srt", captions.english, {"language": "en", "kind": "subtitles"}),
                ),
            ),
            Item(
                "text",
                "Один файл на двух страницах",
                {
                    "text": """Этот фильм есть и на странице [The harbour at dawn](/the-harbour-at-dawn/). Его загрузили
дважды, под разными именами.

- Файл хранится *один раз*, сколько бы раз его ни загрузили.
- Заставка, кадры для перемотки и субтитры к нему тоже сделаны **один раз**.
- Просмотры у каждого элемента свои.
"""
                },
            ),
        ),
        ("гавань", "фильм"),
    ),
    Contents(
        "Один день в гавани",
        "ru",
        "Вид из одного и того же окна.",
        (
            Item(
                "gallery",
                "Из окна",
                {"text": "Щёлкните по картинке, чтобы увидеть её *крупно*."},
                (
                    _pictured(
                        "1 ночь.jpg",
                        1.5,
                        "Половина второго. В бухте только луна.",
                        "Ночь: луна над тёмной бухтой, на набережной горят окна.",
                    ),
                    _pictured(
                        "2 восход.jpg",
                        6.5,
                        "Восход. У чаек своё мнение.",
                        "Солнце между холмами, четыре чайки, оранжевый свет на воде.",
                        gulls=4,
                    ),
                    _pictured(
                        "3 утро.jpg",
                        9,
                        "Девять утра: все уже в море.",
                        "Голубое утро, пять парусных лодок.",
                        gulls=2,
                        boats=5,
                    ),
                    _pictured(
                        "4 полдень.jpg", 12.5, "Полдень. Ни ветерка.", "Солнце высоко над спокойной бухтой.", boats=3
                    ),
                    _pictured("5 вечер.jpg", 19.2, "Последний паром ушёл.", "Низкое солнце и золотая бухта."),
                    _pictured(
                        "6 сумерки.jpg",
                        20.5,
                        "Окна загораются одно за другим.",
                        "Красное небо после заката, горят окна.",
                        boats=1,
                    ),
                ),
            ),
            Item(
                "audio",
                "Музыка для неспешного утра",
                {"text": "Главы и обложка лежат в самом файле."},
                (File("audio", "неспешное утро.mp3", files.tune),),
            ),
        ),
        ("гавань", "картины"),
    ),
)
