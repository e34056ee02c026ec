//! Pictures that people send: thumbnails and avatars (QFieldCloud reference, section 3.3).

use std::io::Cursor;

use bytes::Bytes;
use imagesize::ImageType;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::CommandError;

/// The most bytes a picture may have.
const MAX_BYTES: usize = 5 * 1024 * 1024;
/// The most pixels a side may have.
const MAX_SIDE: u32 = 10_000;
/// The most pixels altogether, which have to fit into memory.
const MAX_PIXELS: u64 = 40_000_000;
/// The most bytes of a PNG that are held at once; it is looked at row by row.
const PNG_BYTES: usize = 16 * 1024 * 1024;

/// Looked at one at a time: a small file can be a large picture.
static LOOKING: Semaphore = Semaphore::const_new(1);

/// Why a picture was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureRefusal {
    /// It is no PNG and no JPEG, or it is damaged.
    #[error("expected a whole picture as PNG or JPEG, found something else")]
    NotAPicture,
    /// It is too large.
    #[error(
        "a picture has at most {MAX_BYTES} bytes, {MAX_SIDE} pixels a side and {MAX_PIXELS} in all, \
         found {bytes} bytes, {width} x {height}"
    )]
    TooLarge {
        /// Bytes.
        bytes: usize,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
}

/// The media type of a picture that can be shown. What counts is the picture, not what somebody calls it.
pub(crate) async fn look_at<R>(picture: &Bytes) -> Result<Result<&'static str, PictureRefusal>, CommandError<R>> {
    let away = |error: &dyn std::fmt::Display| CommandError::Unavailable(error.to_string());
    let _alone = LOOKING.acquire().await.map_err(|error| away(&error))?;
    let picture = picture.clone();
    spawn_blocking(move || media_type(&picture)).await.map_err(|error| away(&error))
}

fn media_type(picture: &[u8]) -> Result<&'static str, PictureRefusal> {
    let size = imagesize::blob_size(picture).map_err(|_| PictureRefusal::NotAPicture)?;
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let (width, height) = (side(size.width), side(size.height));
    let pixels = u64::from(width) * u64::from(height);
    if picture.len() > MAX_BYTES || width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(PictureRefusal::TooLarge { bytes: picture.len(), width, height });
    }
    match imagesize::image_type(picture) {
        Ok(ImageType::Png) if is_png(picture) => Ok("image/png"),
        Ok(ImageType::Jpeg) if is_jpeg(picture) => Ok("image/jpeg"),
        Ok(_) | Err(_) => Err(PictureRefusal::NotAPicture),
    }
}

/// Whether every row can be decoded.
fn is_png(picture: &[u8]) -> bool {
    let limits = png::Limits { bytes: PNG_BYTES };
    let Ok(mut reader) = png::Decoder::new_with_limits(Cursor::new(picture), limits).read_info() else { return false };
    loop {
        match reader.next_row() {
            Ok(Some(_)) => {}
            Ok(None) => return reader.finish().is_ok(),
            Err(_) => return false,
        }
    }
}

fn is_jpeg(picture: &[u8]) -> bool {
    let options = DecoderOptions::default().set_strict_mode(true);
    JpegDecoder::new_with_options(ZCursor::new(picture), options).decode().is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// A grey square of 16 pixels.
    const JPEG: &str = "\
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8yb\
        qmx5moq6T/wAALCAAEAAQBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIh\
        MUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhI\
        WGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/ACv/\
        2Q==";

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().unwrap();
        let row = width.div_ceil(8) as usize;
        writer.write_image_data(&vec![0; row * height as usize]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn a_png_and_a_jpeg_are_told_by_their_content() {
        assert_eq!(media_type(&png(3, 2)), Ok("image/png"));
        assert_eq!(media_type(&STANDARD.decode(JPEG).unwrap()), Ok("image/jpeg"));
    }

    #[test]
    fn what_is_no_picture_or_breaks_off_is_refused() {
        let (png, jpeg) = (png(300, 200), STANDARD.decode(JPEG).unwrap());
        let mut damaged = png.clone();
        let middle = damaged.len() - 20;
        damaged[middle] ^= 0xFF;
        for bad in [
            &b""[..],
            b"bees",
            b"GIF89a\x01\0\x01\0\0\0\0;",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            &png[..png.len() / 2],
            &png[..png.len() - 12],
            &damaged,
            &jpeg[..jpeg.len() / 2],
        ] {
            assert_eq!(media_type(bad), Err(PictureRefusal::NotAPicture), "{} bytes", bad.len());
        }
    }

    #[test]
    fn a_picture_has_bounds_in_every_direction() {
        assert_eq!(media_type(&png(10_000, 1)), Ok("image/png"));
        for (width, height) in [(10_001, 1), (1, 10_001), (8_000, 8_000)] {
            let picture = png(width, height);
            let bytes = picture.len();
            assert_eq!(media_type(&picture), Err(PictureRefusal::TooLarge { bytes, width, height }));
        }
        let mut long = png(3, 2);
        long.resize(MAX_BYTES + 1, 0);
        assert_eq!(media_type(&long), Err(PictureRefusal::TooLarge { bytes: MAX_BYTES + 1, width: 3, height: 2 }));
    }
}
