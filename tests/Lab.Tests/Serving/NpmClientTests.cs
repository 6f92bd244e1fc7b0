using Tda.Lab.Tests.Support;
using Tda.TestKit;

namespace Tda.Lab.Tests.Serving;

/// <summary>The official npm client, unchanged, against the lab's server.</summary>
public class NpmClientTests
{
    private const string Script = """
        import OpenAI from 'openai';
        const client = new OpenAI({ baseURL: process.env.BASE, apiKey: process.env.KEY, maxRetries: 0 });
        const out = {};
        const messages = [{ role: 'user', content: 'Hello' }];
        const ask = { model: 'closed-1', messages, max_completion_tokens: 30, seed: 7, logprobs: true, top_logprobs: 2 };

        const plain = await client.chat.completions.create(ask);
        out.plain = plain.choices[0].message.content;
        out.plainLogprob = plain.choices[0].logprobs.content.reduce((sum, t) => sum + t.logprob, 0);

        const stream = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } });
        out.deltas = '';
        for await (const chunk of stream) out.deltas += chunk.choices[0]?.delta?.content ?? '';
        const final = await stream.finalChatCompletion();
        out.streamed = final.choices[0].message.content;
        out.streamedLogprob = final.choices[0].logprobs.content.reduce((sum, t) => sum + t.logprob, 0);
        out.finish = [plain.choices[0].finish_reason, final.choices[0].finish_reason];
        out.usage = [plain.usage.completion_tokens, final.usage.completion_tokens];

        const completion = await client.completions.create({ model: 'closed-1', prompt: ['a', 'b'], n: 2, max_tokens: 9, seed: 1, logprobs: 1 });
        out.texts = completion.choices.map(c => c.text);
        let legacy = ['', '', '', ''];
        for await (const c of await client.completions.create({ model: 'closed-1', prompt: ['a', 'b'], n: 2, max_tokens: 9, seed: 1, stream: true }))
          for (const choice of c.choices) legacy[choice.index] += choice.text;
        out.legacy = legacy;

        out.models = [];
        for await (const model of client.models.list()) out.models.push(model.id);
        out.errors = [];
        const fail = async f => { try { await f(); } catch (e) { out.errors.push([e.constructor.name, e.status, e.code ?? null, e.param ?? null]); } };
        await fail(() => client.chat.completions.create({ ...ask, model: 'nope' }));
        await fail(() => client.chat.completions.create({ ...ask, temperature: 9 }));
        await fail(() => client.withOptions({ apiKey: 'wrong' }).models.list());
        out.many = (await Promise.all(Array.from({ length: 40 }, () => client.chat.completions.create(ask)))).map(r => r.choices[0].message.content);
        console.log(JSON.stringify(out));
        """;

    [Fact]
    public async Task NpmOpenAI_EveryEndpoint_IsAcceptedUnchanged()
    {
        await NpmOpenAI.RequireAsync();
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1), o => o with { ApiKey = "sk-lab" });
        var script = Path.Combine(NpmOpenAI.Folder, $"client-{Guid.NewGuid():N}.mjs");
        await File.WriteAllTextAsync(script, Script);
        try
        {
            var environment = new Dictionary<string, string?> { ["BASE"] = served.Api.ToString(), ["KEY"] = "sk-lab" };
            var result = await ChildProcess.RunAsync("node", [script], TimeSpan.FromMinutes(1), environment);
            Assert.True(result.ExitCode == 0, result.Error);
            var seen = JsonDocument.Parse(result.Output).RootElement;
            string Text(string name) => seen.GetProperty(name).GetString()!;
            string[] Texts(string name) => seen.GetProperty(name).EnumerateArray().Select(e => e.ToString()).ToArray();

            Assert.NotEmpty(Text("plain"));
            Assert.Equal(Text("plain"), Text("deltas"));
            Assert.Equal(Text("plain"), Text("streamed"));
            Assert.Equal(seen.GetProperty("plainLogprob").GetDouble(), seen.GetProperty("streamedLogprob").GetDouble(), 6);
            Assert.Single(Texts("finish").Distinct());
            Assert.Single(Texts("usage").Distinct());
            Assert.Equal(4, Texts("texts").Length);
            Assert.Equal(Texts("texts"), Texts("legacy"));
            Assert.Equal(["closed-1"], Texts("models"));
            Assert.Equal(
                ["""["NotFoundError",404,"model_not_found","model"]""", """["BadRequestError",400,"invalid_value","temperature"]""", """["AuthenticationError",401,"invalid_api_key",null]"""],
                Texts("errors"));
            Assert.Equal(Enumerable.Repeat(Text("plain"), 40), Texts("many"));
        }
        finally
        {
            File.Delete(script);
        }
    }
}
