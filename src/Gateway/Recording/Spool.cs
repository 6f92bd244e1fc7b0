using System.Text.Json;
using Tda.Core.Exchanges;
using Tda.Core.Json;

namespace Tda.Gateway.Recording;

/// <summary>
/// The file that takes exchanges while the log can't: one JSON object a line, synced, and held open (locked) so that no
/// other gateway on the same home replays it meanwhile. It appears with the first exchange.
/// </summary>
internal sealed class Spool(string directory, string sessionId) : IDisposable
{
    private FileStream? _file;

    /// <summary>Appends one exchange; returns once the disk has it.</summary>
    /// <exception cref="IOException">The disk did not take it; the file is as before.</exception>
    public void Append(Exchange exchange)
    {
        _file ??= Open();
        var end = _file.Position;
        try
        {
            JsonSerializer.Serialize(_file, exchange, JsonDefaults.Options);
            _file.WriteByte((byte)'\n');
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a line would make the next one unreadable too.
            _file.SetLength(end);
            _file.Position = end;
            throw;
        }
    }

    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        Directory.CreateDirectory(directory);
        return new(Path.Combine(directory, sessionId + SpoolReplay.Extension), FileMode.Append, FileAccess.Write, FileShare.Read);
    }
}
