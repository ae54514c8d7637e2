//! Tar archives with entries of any kind, byte by byte, so that damage can be made on purpose.

/// Length of a tar block.
const BLOCK: usize = 512;

/// Builds a tar archive. All times are 0 and all owners root, so that equal calls give equal bytes.
#[derive(Debug, Clone, Default)]
pub struct Tar {
    bytes: Vec<u8>,
}

/// One header block, of which every field can be set before it is sealed with its checksum.
#[derive(Debug, Clone)]
pub struct Header([u8; BLOCK]);

impl Header {
    /// A ustar header of type `kind` with permission bits 0644.
    pub fn new(kind: u8) -> Header {
        let mut header = Header([0; BLOCK]);
        header.put(100, b"0000644\0");
        header.put(108, b"0000000\0");
        header.put(116, b"0000000\0");
        header.put(124, b"00000000000\0");
        header.put(136, b"00000000000\0");
        header.put(156, &[kind]);
        header.put(257, b"ustar\x0000");
        header
    }

    /// Overwrites bytes from `place` on; what would leave the block is cut off.
    pub fn put(&mut self, place: usize, bytes: &[u8]) {
        for (target, byte) in self.0.iter_mut().skip(place).zip(bytes) {
            *target = *byte;
        }
    }

    /// Sets the name field; what is longer than 100 bytes is cut off.
    pub fn name(mut self, name: &[u8]) -> Header {
        self.put(0, name.get(..100).unwrap_or(name));
        self
    }

    /// Sets the link name field.
    pub fn link(mut self, link: &[u8]) -> Header {
        self.put(157, link.get(..100).unwrap_or(link));
        self
    }

    /// Sets the permission bits.
    pub fn mode(mut self, mode: u32) -> Header {
        self.put(100, format!("{mode:07o}\0").as_bytes());
        self
    }

    /// Sets the size, in base-256 where octal digits do not suffice.
    pub fn size(mut self, size: u64) -> Header {
        if size < 1 << 33 {
            self.put(124, format!("{size:011o}\0").as_bytes());
        } else {
            self.put(124, &[0x80, 0, 0, 0]);
            self.put(128, &size.to_be_bytes());
        }
        self
    }

    /// The block with its checksum.
    pub fn seal(mut self) -> [u8; BLOCK] {
        self.put(148, b"        ");
        let sum: u32 = self.0.iter().map(|byte| u32::from(*byte)).sum();
        self.put(148, format!("{sum:06o}\0 ").as_bytes());
        self.0
    }
}

impl Tar {
    /// An empty archive.
    pub fn new() -> Tar {
        Tar::default()
    }

    /// A regular file; a long name is written as GNU tar does.
    pub fn file(self, path: &str, content: &[u8]) -> Tar {
        self.file_with_mode(path, 0o644, content)
    }

    /// A regular file with permission bits.
    pub fn file_with_mode(self, path: &str, mode: u32, content: &[u8]) -> Tar {
        let header = Header::new(b'0').mode(mode).size(content.len() as u64);
        self.long_name(path).raw(header.name(path.as_bytes()), content)
    }

    /// A folder.
    pub fn folder(self, path: &str) -> Tar {
        let path = format!("{}/", path.trim_end_matches('/'));
        self.long_name(&path).raw(Header::new(b'5').mode(0o755).name(path.as_bytes()), &[])
    }

    /// A symbolic link.
    pub fn symlink(self, path: &str, target: &str) -> Tar {
        let header = Header::new(b'2').name(path.as_bytes()).link(target.as_bytes());
        self.long_name(path).raw(header, &[])
    }

    /// A hard link.
    pub fn hard_link(self, path: &str, target: &str) -> Tar {
        let header = Header::new(b'1').name(path.as_bytes()).link(target.as_bytes());
        self.long_name(path).raw(header, &[])
    }

    /// A whiteout of `path` (OCI image specification, "Whiteouts").
    pub fn whiteout(self, path: &str) -> Tar {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let whiteout = if folder.is_empty() { format!(".wh.{name}") } else { format!("{folder}/.wh.{name}") };
        self.file(&whiteout, &[])
    }

    /// An opaque whiteout in `folder`.
    pub fn opaque(self, folder: &str) -> Tar {
        self.file(&format!("{folder}/.wh..wh..opq"), &[])
    }

    /// Extended header records for the next entry.
    pub fn pax(self, records: &[(&str, &[u8])]) -> Tar {
        let content: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.raw(Header::new(b'x').name(b"PaxHeaders/x").size(content.len() as u64), &content)
    }

    /// A global extended header.
    pub fn global(self, records: &[(&str, &[u8])]) -> Tar {
        let content: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.raw(Header::new(b'g').name(b"pax_global_header").size(content.len() as u64), &content)
    }

    /// Any header, with content that is padded to blocks whatever the header says.
    pub fn raw(mut self, header: Header, content: &[u8]) -> Tar {
        self.bytes.extend_from_slice(&header.seal());
        self.bytes.extend_from_slice(content);
        let padded = self.bytes.len().next_multiple_of(BLOCK);
        self.bytes.resize(padded, 0);
        self
    }

    /// Bytes as they are.
    pub fn bytes(mut self, bytes: &[u8]) -> Tar {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// The archive with its two zero blocks at the end.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 2 * BLOCK, 0);
        self.bytes
    }

    /// The archive without an end marker.
    pub fn unfinished(self) -> Vec<u8> {
        self.bytes
    }

    fn long_name(self, path: &str) -> Tar {
        if path.len() <= 100 {
            return self;
        }
        let mut content = path.as_bytes().to_vec();
        content.push(0);
        self.raw(Header::new(b'L').name(b"././@LongLink").size(content.len() as u64), &content)
    }
}

/// `<length> <key>=<value>\n`, the length counting itself.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length.to_string().len() + rest != length {
        length = length.to_string().len() + rest;
    }
    let mut record = format!("{length} {key}=").into_bytes();
    record.extend_from_slice(value);
    record.push(b'\n');
    record
}
