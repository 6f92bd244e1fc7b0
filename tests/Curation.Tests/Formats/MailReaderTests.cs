using FsCheck.Fluent;
using Tda.Curation.Formats;
using Tda.TestKit;

namespace Tda.Curation.Tests.Formats;

public class MailReaderTests
{
    [Fact]
    public void Read_PlainMail_GivesSubjectAndBody()
    {
        var mail = Read("From a@b  Tue Aug  6 11:51:02 2002\nReceived: from x\n\tby y\nSubject: Hello\n there\n\nLine one  \r\n\r\n\r\n\r\nLine two\n");
        Assert.Equal("Hello there", mail.Subject);
        Assert.Equal("Line one\n\nLine two", mail.Body);
    }

    [Theory]
    [InlineData("=?iso-8859-1?Q?Caf=E9_au_lait?=", "Café au lait")]
    [InlineData("=?utf-8?B?5pel5pys?=", "日本")]
    [InlineData("=?UTF-8?b?5pel?= =?utf-8?B?5pys?=", "日本")]
    [InlineData("=?utf-8?B?5pc=?=\n =?utf-8?B?pQ==?=", "日")] // one character's bytes split over two words
    [InlineData("a =?us-ascii?q?b?= c", "a b c")]
    [InlineData("=?iso-8859-1?q?a?= =?utf-8?q?b?=", "ab")]
    [InlineData("=?no-such-charset?q?x=E9y?=", "xéy")]
    [InlineData("=?utf-8*en?q?tagged?=", "tagged")]
    [InlineData("50=?off", "50=?off")]
    public void Read_EncodedSubject_IsDecoded(string subject, string expected) =>
        Assert.Equal(expected, Read($"From: a\nSubject: {subject}\n\nbody").Subject);

    [Fact]
    public void Read_RawSubjectBytes_AreReadInTheBodysCharset()
    {
        byte[] mail = [.. "Subject: caf"u8, 0xe9, .. "\nContent-Type: text/plain; charset=iso-8859-1\n\nx"u8];
        Assert.Equal("café", MailReader.Read(mail).Subject);
        byte[] undeclared = [.. "Subject: caf"u8, 0xe9, .. "\nTo: b\n\nx"u8];
        Assert.Equal("café", MailReader.Read(undeclared).Subject); // nothing says so, but Latin-1 is likeliest
    }

    [Fact]
    public void Read_QuotedPrintable_JoinsSoftBreaksAndLeavesStrayEquals() =>
        Assert.Equal("a long line = 50=% é\nnext", Read("Content-Type: text/plain; charset=\"iso-8859-1\"\nContent-Transfer-Encoding: Quoted-Printable\n\na long=\n line =3D 50=% =E9  \nnext=").Body);

    [Fact]
    public void Read_Base64_IgnoresWhatIsNotOfTheAlphabet() =>
        Assert.Equal("Hello, world", Read("Content-Transfer-Encoding: base64\nFrom: a\n\nSGVs\r\nbG8s*IHdv\ncmxk\n").Body);

    /// <summary>Bug: MimeKit goes on to decode what list servers append after the padding, so that the mail isn't of its charset.</summary>
    [Fact]
    public void Read_LinesAfterBase64Padding_AreLeftOut() =>
        Assert.Equal("Hello!!", Read("From: a\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSGVsbG8hIQ==\n--Footer--\nThis list is sponsored by\n").Body);

    [Theory]
    [InlineData("iso-8859-1", "it\u2019s", new byte[] { (byte)'i', (byte)'t', 0x92, (byte)'s' })]
    [InlineData("us-ascii", "é", new byte[] { 0xe9 })]
    [InlineData("us-ascii", "é", new byte[] { 0xc3, 0xa9 })]
    [InlineData("Windows-1251", "Да", new byte[] { 0xc4, 0xe0 })]
    [InlineData("koi8-r", "Да", new byte[] { 0xe4, 0xc1 })]
    [InlineData("big5", "中", new byte[] { 0xa4, 0xa4 })]
    [InlineData("chinesebig5", "中", new byte[] { 0xa4, 0xa4 })]
    [InlineData("gb2312", "中", new byte[] { 0xd6, 0xd0 })]
    [InlineData("ks_c_5601-1987", "한", new byte[] { 0xc7, 0xd1 })]
    [InlineData("iso-2022-jp", "日", new byte[] { 0x1b, (byte)'$', (byte)'B', 0x46, 0x7c, 0x1b, (byte)'(', (byte)'B' })]
    [InlineData("utf-8", "日", new byte[] { 0xe6, 0x97, 0xa5 })]
    [InlineData("no-such-charset", "日", new byte[] { 0xe6, 0x97, 0xa5 })]
    public void Read_DeclaredCharset_IsUsed(string charset, string expected, byte[] body)
    {
        byte[] mail = [.. Encoding.ASCII.GetBytes($"From: a\nContent-Type: text/plain; charset={charset}\n\n"), .. body];
        Assert.Equal(expected, MailReader.Read(mail).Body);
    }

    [Theory]
    [InlineData("", "no charset is declared")]
    [InlineData("; charset=no-such-charset", "charset is unknown")]
    [InlineData("; charset=utf-8", "aren't of the declared charset")]
    public void Read_BytesThatCannotBeTold_SaysWhy(string parameter, string reason)
    {
        byte[] mail = [.. Encoding.ASCII.GetBytes($"From: a\nContent-Type: text/plain{parameter}\n\ncaf"), 0xe9];
        Assert.Contains(reason, Assert.Throws<MailFormatException>(() => MailReader.Read(mail)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Alternative_PrefersPlainTextWhereverItStands()
    {
        const string Html = "Content-Type: text/html\n\n<p>page</p>\n";
        const string Plain = "Content-Type: text/plain\n\nplain\n";
        Assert.Equal("plain", Read(Multipart("alternative", Plain, Html)).Body);
        Assert.Equal("plain", Read(Multipart("alternative", Html, Plain)).Body);
        Assert.Equal("page", Read(Multipart("alternative", "Content-Type: text/plain\n\n  \n", Html)).Body);
        Assert.Equal("page", Read(Multipart("alternative", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n", Html)).Body);
    }

    [Fact]
    public void Read_MixedWithAttachment_JoinsInlineTexts() =>
        Assert.Equal("one\n\ntwo", Read(Multipart("mixed", "\none\n", "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nhidden\n", "Content-Type: image/gif\n\nGIF\n", "Content-Type: TEXT/HTML\n\n<b>two</b>\n")).Body);

    [Fact]
    public void Read_NestedMultipart_IsFollowed()
    {
        var inner = Multipart("alternative", "Content-Type: text/plain\n\ninner\n").Replace("BOUNDARY", "INNER", StringComparison.Ordinal);
        Assert.Equal("inner", Read(Multipart("related", inner)).Body);
    }

    [Fact]
    public void Read_ForwardedMail_GivesItsText() =>
        Assert.Equal("cover\n\nforwarded", Read(Multipart("mixed", "\ncover\n", "Content-Type: message/rfc822\n\nSubject: old\nFrom: z\n\nforwarded\n")).Body);

    [Fact]
    public void Read_MissingClosingDelimiter_KeepsTheLastPart() =>
        Assert.Equal("one\n\ntwo", Read("From: a\nContent-Type: multipart/mixed; boundary=\"B\"\n\npreamble\n--B\n\none\n--B\n\ntwo").Body);

    [Fact]
    public void Read_BoundaryThatNeverComes_TakesTheBodyAsText() =>
        Assert.Equal("just text", Read("From: a\nContent-Type: multipart/mixed; boundary=\"B\"\n\njust text").Body);

    [Fact]
    public void Read_PageDeclaredPlain_IsReadAsPage()
    {
        Assert.Equal("Buy & save", Read("From: a\n\n<html><body>Buy &amp;&nbsp;save</body></html>").Body);
        Assert.Equal("Use the <br> tag", Read("From: a\n\nUse the <br> tag").Body);
    }

    [Fact]
    public void Read_NoText_SaysSo()
    {
        Assert.Throws<MailFormatException>(() => Read("From: a\nSubject: s\n\n  \n"));
        Assert.Throws<MailFormatException>(() => Read("From: a\nContent-Type: image/gif\n\nGIF89a"));
        Assert.Throws<MailFormatException>(() => MailReader.Read([]));
    }

    [Fact]
    public void Read_LineThatIsNoField_StartsTheBody() =>
        Assert.Equal("This is no field\nrest", Read("From: a\nSubject: s\nThis is no field\nrest").Body);

    [Fact]
    public void Read_PartsNestedTooDeeply_IsRefused()
    {
        var mail = "From: a\n\nx";
        for (var i = 0; i < 40; i++)
        {
            mail = $"Content-Type: message/rfc822\n\n{mail}";
        }

        Assert.Throws<MailFormatException>(() => Read(mail));
    }

    [Fact]
    public void Read_AnyBytes_GivesTextOrMailFormatException()
    {
        string[] pieces = ["From: a\n", "Subject: =?utf-8?B?", "?=\n", "Content-Type: multipart/mixed; boundary=B\n", "\n", "--B\n", "--B--\n", "--B", "=", "=3", "\r\n",
            "Content-Type: text/html; charset=\"big5\n", "Content-Transfer-Encoding: base64\n", "<b", "&#xFFFFFFF;", "&#0;", "<!--", "\u00e9", " ", "\0", "Content-Type: message/rfc822\n\n", ";", "\""];
        Property.Holds(Gen.Elements(pieces).ListOf(), parts =>
        {
            try
            {
                MailReader.Read(Encoding.Latin1.GetBytes(string.Concat(parts)));
            }
            catch (MailFormatException)
            {
                // The other outcome that is right.
            }
        }, cases: 2000);
    }

    [Fact]
    public void LooksLikeMail_SpeechAndMail_AreTold()
    {
        Assert.True(MailReader.LooksLikeMail("Return-Path: <a>\nDelivered-To: b\n\nx"u8));
        Assert.False(MailReader.LooksLikeMail("Fellow-Citizens of the Senate: I embrace\nthe opportunity"u8));
        Assert.False(MailReader.LooksLikeMail("From: here on, this is prose.\n"u8));
        Assert.False(MailReader.LooksLikeMail([]));
    }

    private static MailText Read(string mail) => MailReader.Read(Encoding.Latin1.GetBytes(mail));

    private static string Multipart(string kind, params string[] parts) =>
        $"Content-Type: multipart/{kind}; boundary=\"BOUNDARY\"\n\n" + string.Concat(parts.Select(part => $"--BOUNDARY\n{part}")) + "--BOUNDARY--\nepilogue";
}
