namespace Tda.Bench.Redaction;

/// <summary>Files to be searched.</summary>
internal sealed record FileSet(string Name, bool Made, IEnumerable<(string Path, byte[] Bytes)> Files);

/// <summary>Text files of packages: code, logs, tables, documents, by what they are.</summary>
internal static class RealFiles
{
    private const int LargestFile = 4 << 20;

    private static readonly (string Name, string[] Endings)[] Kinds =
    [
        ("Python", [".py"]), ("C and C++", [".c", ".h", ".hpp", ".cc", ".cpp", ".inc"]), ("Perl", [".pl", ".pm", ".pod"]), ("JavaScript", [".js", ".mjs", ".ts"]), ("Kotlin, Java", [".kt", ".java"]),
        ("shell, SQL", [".sh", ".sql", ".awk", ".m4", ".cmake"]), ("documents", [".md", ".txt", ".rst", ".html", ".tex", ".adoc", ".texi", "copyright", "README", "NEWS", "TODO", "AUTHORS"]),
        ("changelogs", ["changelog.gz", "changelog.Debian.gz", "changelog", "NEWS.gz", "NEWS.Debian.gz"]), ("tables and data", [".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf"]),
        ("diffs", [".diff", ".patch", ".diff.gz"]), ("logs", [".log", ".log.1"]),
    ];

    public static IEnumerable<FileSet> Read(string[] roots)
    {
        var paths = roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }))
            .Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var (name, endings) in Kinds)
        {
            var files = paths.Where(path => endings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal))).ToList();
            if (files.Count > 0)
            {
                yield return new(name, false, files.Select(path => (path, Text(path))).Where(file => file.Item2.Length > 0));
            }
        }
    }

    private static byte[] Text(string path)
    {
        if (new FileInfo(path).Length > LargestFile)
        {
            return [];
        }

        var bytes = File.ReadAllBytes(path);
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var unpacked = new MemoryStream();
            using var packed = new System.IO.Compression.GZipStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress);
            packed.CopyTo(unpacked);
            bytes = unpacked.ToArray();
        }

        return bytes.AsSpan().Contains((byte)0) ? [] : bytes;
    }
}

/// <summary>What these machines have few files of: matrix products, Kotlin, OpenSSL's names, tables of ids, diffs, logs.</summary>
internal static class MadeFiles
{
    private const int Lines = 20_000;

    public static IEnumerable<FileSet> All()
    {
        string[] tensors = ["q", "k", "v", "x", "w", "self.weight", "A", "B", "attn", "grad_output", "h0", "x1"];
        string[] tails = ["", ".T", ".mT", ".t()", ".transpose(-2,-1)", ".to(device)", ".data", ".float()", ".grad", ".real", ".mean(0)", "[:, 0]", ".info", ".name", ".is_leaf", ".H"];
        string[] things = ["PKCS12_SAFEBAG", "X509", "X509_NAME_ENTRY", "ASN1_UTF8STRING", "SSL_CIPHER", "OPENSSL_STRING2", "CMS_RecipientInfo64"];
        string[] kotlin = ["    return@forEach", "val x = this@MainActivity.name", "list.map label@{ it.id2 }", "@Inject lateinit var token: Token2", "fun f(password: String?, key: ByteArray) = super@Outer.f(password, key)", "val secret: Secret = secrets[0]"];
        yield return Of("matrix products", random => $"{random.Of(tensors)} = {random.Of(tensors)}@{random.Of(tensors)}{random.Of(tails)} * {random.Below(99)} - ({random.Of(tensors)} @ {random.Of(tensors)}{random.Of(tails)})");
        yield return Of("Kotlin", random => random.Of(kotlin));
        yield return Of("OpenSSL names", random => $"# define sk_{random.Of(things)}_{random.Of(["num", "value", "new_null", "push", "set_cmp_func2"])}(sk) OPENSSL_sk_{random.Of(["num", "pop_free256"])}((st) sk_{random.Of(things)})");
        yield return Of("16-digit ids, a column", random => $"{random.Digits(16)}");
        yield return Of("16-digit ids, a table", random => $"{random.Digits(16)},{random.Below(1000)},{random.Digits(16)},item{random.Below(99)},{random.Below(100)}.{random.Digits(2)}");
        yield return Of("16-digit ids, JSON", random => $$"""{"id":{{random.Digits(16)}},"user_id":"{{random.Digits(16)}}","n":{{random.Below(9)}}}""");
        yield return Of("numbers", random => $"{random.Below(9)}.{random.Digits(17)} {random.Digits(4)} {random.Digits(4)} {random.Digits(4)} -{random.Below(99)}.{random.Digits(12)}e-0{random.Below(9)} 0x{random.Below(int.MaxValue):x8} {random.Digits(3)}-{random.Digits(4)}");
        yield return Of("logs", random => $"2026-11-{random.Below(20) + 10} 12:{random.Below(50) + 10}:{random.Below(50) + 10}.{random.Digits(6)} [{random.Digits(5)}] INFO request 1764{random.Digits(9)} took {random.Below(999)}.{random.Digits(3)} ms key={random.Hex(40)} trace_id={random.Hex(32)} 10.0.{random.Below(255)}.{random.Below(255)}:{random.Digits(5)}");
        yield return Of("diffs", random => $"{random.Of(["+", "-", " "])}index {random.Hex(7)}..{random.Hex(7)} 100644 @@ -{random.Below(999)},{random.Below(9)} +{random.Below(999)},{random.Below(9)} @@ token = next_token{random.Below(9)}(password, key{random.Below(9)})");
    }

    private static FileSet Of(string name, Func<MadeText, string> line)
    {
        var random = new MadeText();
        var text = string.Concat(Enumerable.Range(0, Lines).Select(_ => line(random) + "\n"));
        return new(name, true, [(name, Encoding.UTF8.GetBytes(text))]);
    }

    /// <summary>A generator whose stream never changes.</summary>
    private sealed class MadeText
    {
        private ulong _state = 20261130;

        public int Below(int bound)
        {
            _state = (_state * 6364136223846793005) + 1442695040888963407;
            return (int)((_state >> 33) % (ulong)bound);
        }

        public string Of(string[] choices) => choices[Below(choices.Length)];

        public string Digits(int count) => (Below(9) + 1) + string.Concat(Enumerable.Range(1, count - 1).Select(_ => Below(10)));

        public string Hex(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => Below(16).ToString("x", CultureInfo.InvariantCulture)));
    }
}
