using System.IO.Compression;
using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Attack;

/// <summary>Small bodies that unpack to gigabytes, from clients and from the upstream, several at once, on a heap of 640 MiB.</summary>
internal sealed class Bombs : IAttack
{
    private const long HeapBytes = 640L << 20;

    // Heap, native buffers of decoders and sockets, the runtime's own.
    private const int MostMib = 1_100;
    private const int AtOnce = 8;

    public string Name => "bombs";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        await using var target = await AttackTarget.StartAsync(options, heapBytes: HeapBytes, mostMib: MostMib);
        var megabytes = options.Quick ? 64 : 1024;
        (string Name, byte[] Body, string Encoding)[] bombs =
        [
            ("gzip", Zeros(megabytes / 4, Gzip), "gzip"),
            ("gzip twice", Packed(Zeros(megabytes, Gzip), Gzip), "gzip, gzip"),
            ("gzip four times", Packed(Packed(Packed(Zeros(megabytes, Gzip), Gzip), Gzip), Gzip), "gzip, gzip, gzip, gzip"),
            ("deflate", Zeros(megabytes / 4, output => new ZLibStream(output, CompressionLevel.SmallestSize)), "deflate"),
            ("br", Zeros(megabytes, output => new BrotliStream(output, CompressionLevel.Fastest)), "br"),
            ("zstd", Zeros(megabytes, output => new ZstdSharp.CompressionStream(output)), "zstd"),
            ("gzip of br", Packed(Zeros(megabytes, output => new BrotliStream(output, CompressionLevel.Fastest)), Gzip), "br, gzip"),
        ];
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2) };
        var rounds = options.Quick ? 1 : 3;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, body, encoding) in bombs)
            {
                target.Upstream.Answers[name] = (body, encoding);
                await Task.WhenAll(Enumerable.Range(0, AtOnce).SelectMany(_ => (Task[])[SendAsync(name, body, encoding, null), SendAsync(name, [], "", name)]));
            }
        }

        var (measured, findings) = await target.EndAsync();
        return new(
            new { Bombs = bombs.Length * 2 * AtOnce * rounds, Megabytes = megabytes, HeapMib = HeapBytes >> 20, Gateway = measured }, findings);

        async Task SendAsync(string name, byte[] body, string encoding, string? answer)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target.Url, Payload.Path)) { Content = new ByteArrayContent(body) };
                request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
                if (encoding.Length > 0)
                {
                    request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
                }

                if (answer is not null)
                {
                    request.Headers.TryAddWithoutValidation(AttackUpstream.AnswerHeader, answer);
                }

                using var response = await client.SendAsync(request);
                var bytes = await response.Content.ReadAsByteArrayAsync();
                if (!response.IsSuccessStatusCode)
                {
                    target.Found($"{name}: a bomb is answered with {(int)response.StatusCode} instead of passing");
                }
                else if (answer is not null && !bytes.AsSpan().SequenceEqual(target.Upstream.Answers[answer].Body))
                {
                    target.Found($"{name}: the upstream's bytes were changed");
                }
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                target.Found($"{name}: {error.Message}");
            }
        }
    }

    private static GZipStream Gzip(Stream output) => new(output, CompressionLevel.SmallestSize);

    private static byte[] Zeros(int megabytes, Func<Stream, Stream> pack)
    {
        var output = new MemoryStream();
        using (var packing = pack(output))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < megabytes; i++)
            {
                packing.Write(zeros);
            }
        }

        return output.ToArray();
    }

    private static byte[] Packed(byte[] bytes, Func<Stream, Stream> pack)
    {
        var output = new MemoryStream();
        using (var packing = pack(output))
        {
            packing.Write(bytes);
        }

        return output.ToArray();
    }
}
