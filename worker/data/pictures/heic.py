"""HEIC, as phones take pictures: read where the extra `heic` is installed.

It is an extra because its library comes with a video codec under the GPL.
"""

from base64 import b64decode

from PIL.ImageFile import ImageFile

DECODER: type[ImageFile] | None = None  # None where it is not installed

try:
    # Pillow's Image.open knows it from then on.
    from pillow_heif import HeifImagePlugin as HeifImagePlugin
    from pillow_heif import options
    from pillow_heif.as_plugin import HeifImageFile
except ImportError:
    pass
else:
    DECODER = HeifImageFile
    options.DECODE_THREADS = 1

BRANDS = tuple(
    b"ftyp" + brand
    for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
)
# A picture of 16 x 16 pixels of one colour; no encoder need be there to make it.
SAMPLE = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAADMAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAAD"
    "AIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAEAAAAAEA"
    "AAAQAAAAAf///9AAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAO21k"
    "YXQAAAAvKAGvEyFkY0D1JyL//24kn/wiyf91dlhZ3K6AwVvy+sD2ZJvA86qRnoCHaacwFXg="
)
