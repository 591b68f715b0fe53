"""What happens to a picture in the process of its own (`scaling`): decoded, turned, cut, made smaller, encoded."""

import base64
import io

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from procession.files.scaling import (
    DAMAGED,
    FORMATS,
    LONGEST_SIDE,
    MOST_POINTS,
    OUTSIDE,
    SIZES,
    TOO_MANY,
    WRONG_TYPE,
    Crop,
    Job,
    Purpose,
    Scaled,
    Size,
    Unfit,
)


def scaled(data: bytes, job: Job) -> Scaled:
    """Both sizes of the picture. Raises `Unfit`; what a decoder makes of hostile bytes is its process's end."""
    image = _opened(data)
    kind = image.format
    if job.crop is None and kind == "JPEG":  # decoded at a fraction of its size: quicker, and less memory
        large, _ = SIZES[job.purpose]
        image.draft("RGB", (large[0] * 4, large[1] * 4))
    try:
        image.load()
        shown = _in_web_colours(image)
        ImageOps.exif_transpose(shown, in_place=True)
    except (OSError, SyntaxError, ValueError, MemoryError, Image.DecompressionBombError):
        raise Unfit(DAMAGED) from None
    if job.crop is not None:
        shown = _cropped(shown, job.crop)
    large, small = SIZES[job.purpose]
    jpeg = kind == "JPEG"
    return Scaled(
        "image/jpeg" if jpeg else "image/png",
        *(_encoded(_sized(shown, job.purpose, size), jpeg=jpeg) for size in (large, small)),
    )


def _opened(data: bytes) -> Image.Image:
    """The picture with nothing but its header read."""
    Image.MAX_IMAGE_PIXELS = None  # our own bound is lower, and says why
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise Unfit(WRONG_TYPE) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Unfit(DAMAGED) from None
    width, height = image.size
    if width * height > MOST_POINTS or max(width, height) > LONGEST_SIDE:
        raise Unfit(TOO_MANY)
    return image


def _in_web_colours(image: Image.Image) -> Image.Image:
    """RGB, with transparency where there is some, in sRGB; a colour profile that makes no sense is left out."""
    profile = image.info.get("icc_profile")
    clear = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    orientation = image.getexif().get(0x0112)
    shown = image if image.mode in ("RGB", "CMYK") else image.convert("RGBA" if clear else "RGB")
    if profile:
        try:
            given, web = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(shown, given, web, outputMode="RGBA" if clear else "RGB")
            shown = converted or shown
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    plain = shown.convert("RGB") if shown.mode == "CMYK" else shown.copy()
    plain.info = {}
    if orientation is not None:
        plain.getexif()[0x0112] = orientation
    return plain


def _cropped(image: Image.Image, crop: Crop) -> Image.Image:
    right, lower = crop.x + crop.width, crop.y + crop.height
    if min(crop.x, crop.y) < 0 or min(crop.width, crop.height) < 1 or right > image.width or lower > image.height:
        raise Unfit(OUTSIDE, "crop")
    return image.crop((crop.x, crop.y, right, lower))


def _sized(image: Image.Image, purpose: Purpose, size: Size) -> Image.Image:
    if purpose == "photo":
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    factor = min(size[0] / image.width, size[1] / image.height, 1)
    return image.resize(
        (max(round(image.width * factor), 1), max(round(image.height * factor), 1)), Image.Resampling.LANCZOS
    )


def _encoded(image: Image.Image, *, jpeg: bool) -> str:
    written = io.BytesIO()
    image.info = {}
    if jpeg:
        image.convert("RGB").save(written, "JPEG", quality=88, optimize=True, exif=b"")
    else:
        image.save(written, "PNG", optimize=True, exif=b"")
    return base64.b64encode(written.getvalue()).decode()
