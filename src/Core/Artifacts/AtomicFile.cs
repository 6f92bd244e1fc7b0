using System.Text;
using System.Text.Json;

namespace Tda.Core.Artifacts;

/// <summary>One-call forms of <see cref="AtomicFileWriter"/>: the whole file appears, or what was there stays.</summary>
public static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <exception cref="TdaException">The disk is full or the place can't be written; the previous file is intact.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var writer = new AtomicFileWriter(path);
        writer.Guard(() => write(writer.Stream));
        writer.Commit();
    }

    /// <summary>UTF-8 without a byte-order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Utf8.GetBytes(text)));

    /// <summary>Indented JSON with a final line break.</summary>
    public static void WriteJson<T>(string path, T value) =>
        WriteText(path, JsonSerializer.Serialize(value, JsonDefaults.Indented) + "\n");
}
