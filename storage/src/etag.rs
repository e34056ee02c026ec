//! The S3-style ETag that QField, QFieldSync and the SDK compute locally to decide whether to transfer a file.

use fieldlog_domain::Md5Digest;
use md5::{Digest, Md5};

/// The part size that the clients assume.
pub const ETAG_PART_SIZE: u64 = 8 * 1024 * 1024;

/// Computes the ETag of content of any size in one pass.
///
/// Up to 8 MiB the ETag *is* the MD5 in hexadecimal digits. Above, it is the MD5 of the binary MD5s of the 8 MiB parts,
/// then `-` and their number; the MD5 of the whole would be a second pass over all bytes and is made only when asked for.
#[derive(Clone)]
pub struct EtagHasher {
    part: Md5,
    in_part: u64,
    parts: Vec<[u8; 16]>,
    whole: Option<Md5>,
    whole_wanted: bool,
}

impl EtagHasher {
    /// An empty content; `whole_wanted` asks for the MD5 of the whole even above one part.
    pub fn new(whole_wanted: bool) -> Self {
        Self { part: Md5::new(), in_part: 0, parts: Vec::new(), whole: None, whole_wanted }
    }

    /// Adds the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.in_part == ETAG_PART_SIZE {
                self.end_part();
            }
            let room = usize::try_from(ETAG_PART_SIZE - self.in_part).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.part.update(now);
            if let Some(whole) = &mut self.whole {
                whole.update(now);
            }
            self.in_part += now.len() as u64;
            bytes = later;
        }
    }

    /// A part ends only when a byte follows it: content of exactly 8 MiB has one part and a plain MD5.
    fn end_part(&mut self) {
        if self.whole_wanted && self.whole.is_none() {
            self.whole = Some(self.part.clone());
        }
        self.parts.push(std::mem::take(&mut self.part).finalize().into());
        self.in_part = 0;
    }

    /// The ETag, and the MD5 of the whole where it is known.
    pub fn finish(mut self) -> (String, Option<Md5Digest>) {
        let last: [u8; 16] = self.part.finalize().into();
        if self.parts.is_empty() {
            return (hex::encode(last), Some(Md5Digest(last)));
        }
        self.parts.push(last);
        let of_parts = Md5::digest(self.parts.concat());
        let etag = format!("{}-{}", hex::encode(of_parts), self.parts.len());
        (etag, self.whole.map(|whole| Md5Digest(whole.finalize().into())))
    }
}
