//! A client that costs next to nothing, so that what is measured is the server.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

/// What is read at once: `io::copy` takes 8 KiB, and would cost more than the server.
const BUFFER: usize = 256 * 1024;
/// Between the parts of a form; longer than what random bytes could be by chance.
const BOUNDARY: &str = "----benchmark5fJ0cQ7vR2kX9wLmT4zB8nHsYdGe6aUp";

/// One connection, kept open.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
    token: String,
}

/// The head of an answer.
pub struct Head {
    pub status: u16,
    pub length: u64,
}

impl Connection {
    pub fn open(address: SocketAddr, token: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let stream = BufReader::with_capacity(64 * 1024, stream);
        Ok(Self { stream, host: address.to_string(), token: token.to_owned() })
    }

    fn head(&self, method: &str, path: &str, length: u64, media_type: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\naccept: */*\r\ncontent-type: {media_type}\r\n\
             content-length: {length}\r\n\r\n",
            self.host, self.token
        )
    }

    fn answer(&mut self) -> io::Result<Head> {
        let (mut status, mut length) = (None, None);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).and_then(|code| code.parse().ok());
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok();
            }
        }
        match (status, length) {
            (Some(status), Some(length)) => Ok(Head { status, length }),
            _ => Err(io::Error::other("expected an answer with a status and a content-length")),
        }
    }

    /// Sends a JSON body and reads the answer into `into`.
    pub fn post(&mut self, path: &str, json: &str, into: &mut Vec<u8>) -> io::Result<u16> {
        let request = self.head("POST", path, json.len() as u64, "application/json") + json;
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.whole_answer(into)
    }

    /// Asks, and reads the answer into `into`.
    pub fn ask(&mut self, path: &str, into: &mut Vec<u8>) -> io::Result<u16> {
        let request = self.head("GET", path, 0, "application/json");
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.whole_answer(into)
    }

    /// Sends a file as the part `file` of a form, as field clients do, and reads the answer into `into`.
    pub fn post_file(&mut self, path: &str, content: &[u8], into: &mut Vec<u8>) -> io::Result<u16> {
        let before = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\n\
             content-type: image/jpeg\r\n\r\n"
        );
        let after = format!("\r\n--{BOUNDARY}--\r\n");
        let length = (before.len() + content.len() + after.len()) as u64;
        let head = self.head("POST", path, length, &format!("multipart/form-data; boundary={BOUNDARY}"));
        let stream = self.stream.get_mut();
        stream.write_all((head + &before).as_bytes())?;
        stream.write_all(content)?;
        stream.write_all(after.as_bytes())?;
        self.whole_answer(into)
    }

    fn whole_answer(&mut self, into: &mut Vec<u8>) -> io::Result<u16> {
        let head = self.answer()?;
        into.resize(head.length as usize, 0);
        self.stream.read_exact(into)?;
        Ok(head.status)
    }

    /// Sends a file's bytes. The kernel copies them.
    pub fn put(&mut self, path: &str, file: &Path) -> io::Result<(u16, String)> {
        let mut file = File::open(file)?;
        let head = self.head("PUT", path, file.metadata()?.len(), "application/octet-stream");
        self.stream.get_mut().write_all(head.as_bytes())?;
        io::copy(&mut file, self.stream.get_mut())?;
        let head = self.answer()?;
        let mut body = vec![0; head.length as usize];
        self.stream.read_exact(&mut body)?;
        Ok((head.status, String::from_utf8_lossy(&body).into_owned()))
    }

    /// Writes what is there into a file. The kernel copies all but the first part.
    pub fn get(&mut self, path: &str, into: &Path) -> io::Result<u16> {
        let head = self.head("GET", path, 0, "text/plain");
        self.stream.get_mut().write_all(head.as_bytes())?;
        let head = self.answer()?;
        let mut file = File::create(into)?;
        let first = self.stream.buffer().len().min(head.length as usize);
        file.write_all(&self.stream.buffer()[..first])?;
        self.stream.consume(first);
        let (mut left, mut buffer) = (head.length - first as u64, vec![0; BUFFER]);
        while left > 0 {
            let count = self.stream.get_ref().read(&mut buffer)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            file.write_all(&buffer[..count])?;
            left -= count as u64;
        }
        Ok(head.status)
    }
}
