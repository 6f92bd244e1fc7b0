using System.Buffers;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;

namespace Tda.Bench.Fuzz;

/// <summary>Everything in the gateway that reads bytes of clients or upstreams, and what must hold for any of them.</summary>
internal static class FuzzTargets
{
    private static readonly string[] Encodings = ["gzip", "deflate", "br", "zstd", "gzip, br"];
    private static readonly LogprobOptions Ask = new() { Enabled = true, TopLogprobs = 3 };

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("sse reader", FuzzCorpus.All, Sse),
        new("chat", FuzzCorpus.ChatAnswers, (input, mutator) => Parse("/v1/chat/completions", FuzzCorpus.ChatRequests, input, mutator)),
        new("completions", FuzzCorpus.Completions, (input, mutator) => Parse("/v1/completions", FuzzCorpus.Completions, input, mutator)),
        new("responses", FuzzCorpus.Responses, (input, mutator) => Parse("/v1/responses", FuzzCorpus.Responses, input, mutator)),
        new("messages", FuzzCorpus.Messages, (input, mutator) => Parse("/v1/messages", FuzzCorpus.Messages, input, mutator)),
        new("embeddings", FuzzCorpus.Others, (input, mutator) => Parse("/v1/embeddings", FuzzCorpus.Others, input, mutator)),
        new("end detector", FuzzCorpus.All, End),
        new("log-probability stripper", FuzzCorpus.All, Strip),
        new("log-probability request", FuzzCorpus.All, Rewrite),
        new("content decoder", FuzzCorpus.Packed, Decode),
    ];

    /// <summary>The same events however the stream is cut.</summary>
    private static void Sse(byte[] input, Mutator mutator)
    {
        var whole = Events(input, []);
        var cut = Events(input, mutator.Cuts(input.Length));
        Require(whole.SequenceEqual(cut), "the events depend on how the stream was cut");
    }

    /// <summary>An answer for any bodies, the same each time, and of the bytes none changed.</summary>
    private static void Parse(string route, IReadOnlyList<byte[]> requests, byte[] input, Mutator mutator)
    {
        var request = mutator.Next(requests);
        var copies = ((byte[])input.Clone(), (byte[])request.Clone());
        var raw = new Exchange
        {
            Id = "x",
            Route = route,
            Method = "POST",
            Path = route,
            StartedAt = DateTimeOffset.UnixEpoch,
            Status = 200,
            State = TerminalState.Complete,
            Streamed = mutator.Below(2) == 0,
            RequestBody = new(request, request.Length, ""),
            ResponseBody = new(input, input.Length, ""),
        };
        var once = ExchangeParser.Apply(raw, out var first);
        var twice = ExchangeParser.Apply(once);
        var same = (once.Response, once.ToolCalls, once.State, once.ParseError) == (twice.Response, twice.ToolCalls, twice.State, twice.ParseError);
        Require(same, "parsing again gives another result");
        Require(first is null || (first >= 0 && first < input.Length), "the first content lies outside the body");
        Require(input.AsSpan().SequenceEqual(copies.Item1) && request.AsSpan().SequenceEqual(copies.Item2), "the parser changed the bytes");
        if (once.ToolCalls is { } calls)
        {
            using var document = JsonDocument.Parse(calls);
        }
    }

    private static void End(byte[] input, Mutator mutator)
    {
        var detector = new EndDetector(null, eventStream: true);
        foreach (var piece in Pieces(input, mutator.Cuts(input.Length)))
        {
            var free = detector.FreeBytes(piece.Span);
            Require(free >= 0 && free <= piece.Length, "more bytes are free than there are");
        }
    }

    /// <summary>The same bytes however they are cut, and all of them where there are no log-probabilities.</summary>
    private static void Strip(byte[] input, Mutator mutator)
    {
        var route = mutator.Below(2) == 0 ? "/v1/chat/completions" : "/v1/responses";
        var stream = mutator.Below(2) == 0;
        var whole = Stripped(route, stream, input, []);
        var cut = Stripped(route, stream, input, mutator.Cuts(input.Length));
        var mayChange = input.AsSpan().IndexOf("logprobs\""u8) >= 0;
        Require(whole.AsSpan().SequenceEqual(cut), "the client's bytes depend on how the answer was cut");
        Require(mayChange || whole.AsSpan().SequenceEqual(input), "bytes without log-probabilities were changed");
    }

    private static void Rewrite(byte[] input, Mutator mutator)
    {
        var route = LogprobRequest.SupportedRoutes[mutator.Below(LogprobRequest.SupportedRoutes.Count)];
        if (LogprobRequest.TryRewrite(input, route, Ask, out var rewritten, out _))
        {
            using var document = JsonDocument.Parse(rewritten);
            Require(!LogprobRequest.TryRewrite(rewritten, route, Ask, out _, out _), "the changed request does not ask");
        }
    }

    private static void Decode(byte[] input, Mutator mutator)
    {
        var decoded = ContentDecoder.Decode(input, Encodings[mutator.Below(Encodings.Length)], limit: 1 << 20);
        Require(decoded.Bytes.Length <= 1 << 20, "more came out than the limit");
    }

    private static List<(string Data, long Offset)> Events(byte[] input, int[] cuts)
    {
        var reader = new SseReader();
        var events = new List<(string, long)>();
        foreach (var piece in Pieces(input, cuts))
        {
            var rest = piece.Span;
            while (reader.TryRead(ref rest, out var one))
            {
                events.Add((Convert.ToHexString(one.Data), one.Offset));
            }
        }

        if (reader.TryComplete(out var last))
        {
            events.Add((Convert.ToHexString(last.Data), last.Offset));
        }

        return events;
    }

    private static byte[] Stripped(string route, bool stream, byte[] input, int[] cuts)
    {
        var stripper = new LogprobStripper(route, stream);
        var output = new ArrayBufferWriter<byte>(Math.Max(1, input.Length));
        foreach (var piece in Pieces(input, cuts))
        {
            stripper.Write(piece.Span, output);
        }

        return output.WrittenSpan.ToArray();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(byte[] input, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts)
        {
            yield return input.AsMemory(start, cut - start);
            start = cut;
        }

        yield return input.AsMemory(start);
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FuzzFailureException(what);
        }
    }
}
