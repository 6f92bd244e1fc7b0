using System.Security.Cryptography;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Tests.Spool;

/// <summary>Exchanges for the spool's tests, and the spool around them.</summary>
internal static class SpoolSamples
{
    public static ExchangeRecord Record(Guid session, int number, int requestBytes = 20, int responseBytes = 50)
    {
        var request = Bytes(number, requestBytes);
        var response = Bytes(number + 1, responseBytes);
        return new(Exchange(session, number, request, response), [1, 2, 3, 4], request, response);
    }

    public static Exchange Exchange(Guid session, int number, byte[] request, byte[] response) => new()
    {
        Id = Id(number),
        SessionId = session.ToString(),
        Sequence = 0,
        Route = "/v1/chat/completions",
        Method = "POST",
        Path = "/v1/chat/completions?n=" + number,
        StartedAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Status = 200,
        State = TerminalState.Complete,
        TotalMs = number + .125,
        Tags = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" },
        RequestHeaders = [new("X-Größe", "ä")],
        RequestBody = RecordedBody.Of(request),
        ResponseBody = RecordedBody.Of(response),
    };

    public static string Id(int number) => new Guid(MD5.HashData(Encoding.UTF8.GetBytes($"exchange {number}"))).ToString();

    public static SpoolWriter Writer(SpoolDirectory directory, int segmentBytes = 64 << 10, long maxBytes = 0, bool synced = false) =>
        new(new SegmentSupply(directory, segmentBytes, new SpoolUsage(() => maxBytes), () => synced), directory.Session.ToString());

    public static (List<SpooledExchange> Exchanges, SpoolReader Reader) ReadAll(string path)
    {
        var reader = new SpoolReader(path, collectPartials: true);
        return (ReadAll(reader, SpoolPosition.End), reader);
    }

    public static List<SpooledExchange> ReadAll(SpoolReader reader, SpoolPosition limit)
    {
        List<SpooledExchange> read = [], batch = [];
        for (reader.Read(limit, batch); batch.Count > 0; reader.Read(limit, batch))
        {
            read.AddRange(batch);
            batch.Clear();
        }

        return read;
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
